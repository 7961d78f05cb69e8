//! Where a client looks for its server, and what it reports when it does not get in.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use qbipc::server::{ListenOptions, Listener};
use qbipc::{ConnectError, ConnectOptions, SocketNamespace};
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use crate::support::{BOTH, our_uid, service_name};

/// A directory that is removed in the end.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        let path = std::env::temp_dir().join(service_name());
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// A client of a service that is looked for wherever it may be.
fn client(name: &str) -> ConnectOptions {
    ConnectOptions::new(name).server_uids([our_uid()])
}

fn listen_in(dir: &Path, name: &str) -> Result<Listener, ConnectError> {
    ListenOptions::new(name).namespace(SocketNamespace::Directory(dir.to_owned())).listen()
}

/// Connects to a server, which accepts.
async fn connect(listener: &mut Listener, options: &ConnectOptions) -> Result<(), ConnectError> {
    let accept = async { listener.accept().await.unwrap().accept().await.unwrap() };
    let connecting = async { options.connect().await.map(drop) };
    tokio::select! {
        // It ends first if it fails before the server has a client to accept.
        outcome = connecting => outcome,
        _server = async { let server = accept.await; std::future::pending::<()>().await; server } => {
            Ok(())
        }
    }
}

fn on_runtime<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// The client's mount namespace may have the server's directory elsewhere.
#[tokio::test]
async fn a_root_that_the_server_knows_by_another_path() {
    for connection_type in BOTH {
        let root = Dir::new();
        let elsewhere = root.0.with_extension("elsewhere");
        symlink(&root.0, &elsewhere).unwrap();
        let name = service_name();
        let options = ListenOptions::new(&name).connection_type(connection_type);
        let mut listener = options.shm_root(&root.0).listen().unwrap();
        let mut with_slash = root.0.clone().into_os_string();
        with_slash.push("/");
        for path in [root.0.as_path(), &elsewhere, Path::new(&with_slash)] {
            connect(&mut listener, &client(&name).shm_root(path)).await.unwrap();
        }
        fs::remove_file(elsewhere).unwrap();
        // Where it is not.
        let error = connect(&mut listener, &client(&name)).await.unwrap_err();
        assert!(matches!(error, ConnectError::File { .. }), "{error}");
        assert!(error.to_string().contains("/dev/shm/qb-"), "{error}");
        assert!(error.remedy().unwrap().contains("shm_root"));
    }
}

/// What any user can make in /tmp.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Oddity {
    Loop,
    File,
    Directory,
    Datagrams,
    Stranger,
}

impl Oddity {
    const ALL: [Self; 5] =
        [Self::Loop, Self::File, Self::Directory, Self::Datagrams, Self::Stranger];

    fn make(self, path: &Path) -> Made {
        let mut socket = None;
        match self {
            Self::Loop => symlink(path, path).unwrap(),
            Self::File => fs::write(path, "").unwrap(),
            Self::Directory => fs::create_dir(path).unwrap(),
            Self::Datagrams => socket = Some(UnixDatagram::bind(path).unwrap().into()),
            Self::Stranger => socket = Some(UnixListener::bind(path).unwrap().into()),
        }
        Made { path: path.to_owned(), _socket: socket }
    }
}

/// Removes it in the end.
struct Made {
    path: PathBuf,
    _socket: Option<OwnedFd>,
}

impl Drop for Made {
    fn drop(&mut self) {
        fs::remove_file(&self.path).or_else(|_| fs::remove_dir(&self.path)).unwrap();
    }
}

#[tokio::test]
async fn what_is_odd_in_a_fallback_place_counts_as_no_server() {
    let name = service_name();
    let path = Path::new("/tmp").join(&name);
    for oddity in Oddity::ALL {
        let _made = oddity.make(&path);
        // As if the one there, if there is one, were another user's.
        let options = ConnectOptions::new(&name).server_uids([our_uid() + 1]);
        let error = options.connect().await.unwrap_err();
        let ConnectError::Unavailable { address, elsewhere, .. } = &error else {
            panic!("{oddity:?}: {error}")
        };
        assert_eq!(*address, format!("@{name}"), "{oddity:?}");
        // A file is as good as nothing: no process can listen there.
        let is_told =
            elsewhere.as_ref().is_some_and(|other| other.contains(path.to_str().unwrap()));
        let is_odd = !matches!(oddity, Oddity::File | Oddity::Directory);
        assert_eq!(is_told, is_odd, "{oddity:?}: {error}");
        assert!(error.to_string().contains(address), "{error}");
        assert!(error.remedy().unwrap().contains("corosync is not running"));
    }
}

#[tokio::test]
async fn what_is_odd_in_a_fallback_place_hides_no_server() {
    let name = service_name();
    let path = Path::new("/tmp").join(&name);
    let mut listener = ListenOptions::new(&name).listen().unwrap();
    for oddity in Oddity::ALL {
        let _made = oddity.make(&path);
        connect(&mut listener, &client(&name)).await.unwrap();
        // Nor what there is to say about the one in the abstract namespace.
        let error = client(&name).server_uids([our_uid() + 1]).connect().await.unwrap_err();
        let ConnectError::Untrusted { address, .. } = &error else { panic!("{error}") };
        assert_eq!(*address, format!("@{name}"));
        // That client has left.
        drop(listener.accept().await.unwrap());
    }
}

/// A directory that was named is no fallback.
#[tokio::test]
async fn a_named_directory_has_a_verdict() {
    let dir = Dir::new();
    let name = service_name();
    let options = client(&name).namespace(SocketNamespace::Directory(dir.0.clone()));
    let path = dir.0.join(&name);
    let error = options.connect().await.unwrap_err();
    assert!(matches!(error, ConnectError::Unavailable { .. }), "{error}");
    symlink(&path, &path).unwrap();
    let error = options.connect().await.unwrap_err();
    assert!(matches!(error, ConnectError::System { .. }), "{error}");
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    fs::remove_file(&path).unwrap();
    let _stranger = UnixListener::bind(&path).unwrap();
    let error = options.server_uids([our_uid() + 1]).connect().await.unwrap_err();
    assert!(matches!(error, ConnectError::Untrusted { .. }), "{error}");
}

/// As with SELinux, where not even root may.
#[test]
fn a_socket_that_may_not_be_connected_to() {
    if our_uid() != 0 {
        println!("SKIPPED: this takes root");
        return;
    }
    let dir = Dir::new();
    fs::set_permissions(&dir.0, fs::Permissions::from_mode(0o755)).unwrap();
    let name = service_name();
    let path = dir.0.join(&name);
    let _listener = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    let options = ConnectOptions::new(&name).namespace(SocketNamespace::Directory(dir.0.clone()));
    let connecting = thread::spawn(move || {
        become_user(Uid::from_raw(65534), Uid::from_raw(65534));
        on_runtime(options.connect()).unwrap_err()
    });
    let error = connecting.join().unwrap();
    assert!(matches!(error, ConnectError::Denied { .. }), "{error}");
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    assert!(error.remedy().unwrap().contains("SELinux"));
}

/// A program whose real user is not its effective one, as with sudo's relatives: the daemon gives
/// its files to the real one.
#[test]
fn files_of_the_real_user() {
    if our_uid() != 0 {
        println!("SKIPPED: this takes root");
        return;
    }
    let as_another = thread::spawn(|| {
        become_user(Uid::from_raw(12345), Uid::ROOT);
        on_runtime(async {
            for connection_type in BOTH {
                let name = service_name();
                let options = ListenOptions::new(&name).connection_type(connection_type);
                let mut listener = options.listen().unwrap();
                let options = ConnectOptions::new(&name);
                let connecting = tokio::spawn(async move { options.connect().await });
                // The client's task runs only when this one waits.
                let mut server = listener.accept().await.unwrap().accept().await.unwrap();
                for file in server.dir().read_dir().unwrap() {
                    chown(file.unwrap().path(), Some(12345), None).unwrap();
                }
                connecting.await.unwrap().unwrap();
            }
        });
    });
    as_another.join().unwrap();
}

/// Makes the calling thread run as these users.
fn become_user(real: Uid, effective: Uid) {
    let group = Gid::from_raw(effective.as_raw());
    set_thread_groups(&[]).unwrap();
    set_thread_res_gid(group, group, group).unwrap();
    set_thread_res_uid(real, effective, effective).unwrap();
}

#[test]
fn outside_of_a_runtime() {
    let name = service_name();
    let options = client(&name);
    let connecting = pin!(options.connect());
    let Poll::Ready(Err(error)) = connecting.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it cannot wait");
    };
    assert!(matches!(error, ConnectError::NoRuntime { .. }), "{error}");
    assert!(error.to_string().contains(&name) && error.remedy().is_some());
    let error = ListenOptions::new(&name).listen().unwrap_err();
    assert!(matches!(error, ConnectError::NoRuntime { .. }), "{error}");
}

#[tokio::test]
async fn a_daemon_without_space() {
    let name = service_name();
    let mut listener = ListenOptions::new(&name).listen().unwrap();
    let refuse = async { listener.accept().await.unwrap().refuse(28).await.unwrap() };
    let options = client(&name);
    let (refused, ()) = tokio::join!(options.connect(), refuse);
    let error = refused.unwrap_err();
    assert!(error.to_string().contains(&format!("@{name}")), "{error}");
    assert!(error.remedy().unwrap().contains("/dev/shm"));
}

/// Whatever is in the way of a server's socket and is none stays.
#[tokio::test]
async fn only_a_socket_makes_way() {
    let dir = Dir::new();
    let name = service_name();
    let path = dir.0.join(&name);
    for oddity in [Oddity::Loop, Oddity::File, Oddity::Directory] {
        let _made = oddity.make(&path);
        let error = listen_in(&dir.0, &name).unwrap_err();
        assert!(matches!(error, ConnectError::Listen { .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert!(path.symlink_metadata().is_ok(), "it was removed");
    }
    // What a server left that died.
    drop(UnixListener::bind(&path).unwrap());
    let first = listen_in(&dir.0, &name).unwrap();
    // The first removes its own socket, not that of the second.
    let second = listen_in(&dir.0, &name).unwrap();
    drop(first);
    assert!(path.exists());
    drop(second);
    assert!(!path.exists());
}

/// As in another network namespace, with the rendezvous in the filesystem.
#[tokio::test]
async fn datagram_sockets_that_cannot_be_reached() {
    let error = crate::files::named_with_a_control_file().await;
    assert!(matches!(error, ConnectError::Datagram { .. }), "{error}");
    assert!(error.to_string().contains("@/dev/shm/qb-"), "{error}");
    assert!(error.remedy().unwrap().contains("network namespace"));
}
