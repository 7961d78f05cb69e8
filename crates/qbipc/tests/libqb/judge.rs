use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A client built against libqb.
pub(crate) struct Judge {
    client: PathBuf,
}

impl Judge {
    /// The judge, if one can be had; it says so if not, and fails if it is required.
    pub(crate) fn get() -> Option<&'static Self> {
        static JUDGE: OnceLock<Option<Judge>> = OnceLock::new();
        JUDGE.get_or_init(Self::build).as_ref()
    }

    fn build() -> Option<Self> {
        let client = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libqb-client");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/libqb/client.c");
        let compiled = Command::new("gcc")
            .args(["-Wall", "-Wextra", "-O2", "-o"])
            .arg(&client)
            .args([source, "-lqb"])
            .output();
        let problem = match compiled {
            Ok(output) if output.status.success() => return Some(Self { client }),
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => format!("no gcc: {error}"),
        };
        assert!(
            std::env::var_os("QUORATE_LIVE").is_none_or(|value| value != "required"),
            "libqb's client is required, but cannot be built: {problem}",
        );
        println!("SKIPPED: libqb's client cannot be built; install gcc and libqb-dev");
        None
    }

    pub(crate) fn client(&self) -> &Path {
        &self.client
    }
}

/// Waits until no files are left that this process has made as a server.
pub(crate) fn wait_until_clean() {
    wait_until_clean_of(std::process::id());
}

/// Waits until no files are left that this server has made.
pub(crate) fn wait_until_clean_of(server: u32) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !files_of(server).is_empty() {
        assert!(Instant::now() < deadline, "{:?}", files_of(server));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Removes what is left of a server that was killed.
pub(crate) fn remove_remains_of(server: u32) {
    for directory in files_of(server) {
        std::fs::remove_dir_all(directory).unwrap();
    }
}

fn files_of(server: u32) -> Vec<PathBuf> {
    let prefix = format!("qb-{server}-");
    let entries = std::fs::read_dir("/dev/shm").unwrap().map(Result::unwrap);
    let of_server = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path());
    of_server.collect()
}
