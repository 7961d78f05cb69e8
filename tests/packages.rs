//! What crates.io and docs.rs show of each crate: a README and licences of its own, and links that
//! lead somewhere from there.

use std::fs;
use std::path::{Path, PathBuf};

const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The directories of all crates that are published but the root's, whose README is that of the
/// repository.
fn crates() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("crates")).unwrap();
    let is_published = |path: &PathBuf| !read(&path.join("Cargo.toml")).contains("publish = false");
    let crates: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(is_published).collect();
    assert!(!crates.is_empty());
    crates
}

/// A README, and the sources that rustdoc makes pages of.
fn pages(package: &Path) -> Vec<PathBuf> {
    let mut pages = vec![package.join("README.md")];
    let mut directories = vec![package.join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                pages.push(path);
            }
        }
    }
    pages
}

/// The targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// The files and directories of the repository that a text names by their address.
fn addressed(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split(REPOSITORY).skip(1);
    let inside = after.filter_map(|rest| {
        let path = rest.strip_prefix("/blob/HEAD/").or_else(|| rest.strip_prefix("/tree/HEAD/"))?;
        path.split(|byte: char| byte.is_whitespace() || ")>\"#".contains(byte)).next()
    });
    inside.filter(|path| !path.is_empty())
}

#[test]
fn each_crate_has_the_licences() {
    for package in crates() {
        for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let same = read(&package.join(name)) == read(&root().join(name));
            assert!(same, "{}: not that of the repository: {name}", package.display());
        }
    }
}

#[test]
fn links_of_a_readme_do_not_depend_on_where_it_is_shown() {
    for package in crates() {
        let readme = package.join("README.md");
        let text = read(&readme);
        assert!(links(&text).next().is_some(), "{} links to nothing", readme.display());
        for link in links(&text) {
            assert!(link.starts_with("https://"), "{}: relative: {link}", readme.display());
        }
    }
}

#[test]
fn addresses_in_the_repository_exist() {
    let mut found = 0;
    for package in crates() {
        for page in pages(&package) {
            for path in addressed(&read(&page)) {
                found += 1;
                assert!(root().join(path).exists(), "{}: there is no {path}", page.display());
            }
        }
    }
    assert!(found > 10, "{found}");
}

#[test]
fn relative_links_of_the_repositorys_readme_exist() {
    let text = read(&root().join("README.md"));
    for link in links(&text).filter(|link| !link.contains("://") && !link.starts_with('#')) {
        let path = link.split('#').next().unwrap_or_default();
        assert!(root().join(path).exists(), "there is no {link}");
    }
}
