//! Finding source files that a profile names.

use crate::exit;
use anyhow::Result;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;

/// Largest source file that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// Lines of source files, read when first asked for.
pub struct Sources {
    /// (path in the profile begins with, folder here).
    roots: Vec<(String, PathBuf)>,
    /// The standard library's folder, looked for when first needed: that starts rustc.
    library: OnceCell<Option<PathBuf>>,
    files: RefCell<HashMap<String, Option<Vec<String>>>>,
}

impl Sources {
    /// Sources below the roots `FROM=TO`, and where cargo and rustup keep theirs.
    ///
    /// # Errors
    /// A root without `=`.
    pub fn new(roots: &[String]) -> Result<Self> {
        let mut known = Vec::new();
        for root in roots {
            let Some((from, to)) = root.split_once('=').filter(|(from, _)| !from.is_empty()) else {
                return Err(exit::usage(format!("--source takes FROM=TO, not {root:?}")));
            };
            known.push((from.to_owned(), PathBuf::from(to)));
        }
        known.extend(
            registries()
                .into_iter()
                .map(|folder| ("/registry".to_owned(), folder)),
        );
        Ok(Sources {
            roots: known,
            library: OnceCell::new(),
            files: RefCell::default(),
        })
    }

    /// Text of a line, which counts from 1.
    pub fn line(&self, path: &str, line: u32) -> Option<String> {
        let mut files = self.files.borrow_mut();
        if !files.contains_key(path) {
            let text = self.candidates(path).iter().find_map(|file| {
                let size = std::fs::metadata(file)
                    .ok()
                    .filter(|found| found.is_file())?;
                (size.len() <= LARGEST).then(|| std::fs::read(file).ok())?
            });
            let lines = text.map(|text| {
                let text = String::from_utf8_lossy(&text);
                text.lines().map(str::to_owned).collect()
            });
            files.insert(path.to_owned(), lines);
        }
        let lines = files.get(path)?.as_ref()?;
        lines.get((line as usize).checked_sub(1)?).cloned()
    }

    /// Files that a path may mean, best first.
    fn candidates(&self, path: &str) -> Vec<PathBuf> {
        let under = |(from, to): &(String, PathBuf)| {
            let rest = path.strip_prefix(from.as_str())?;
            let inside = rest.starts_with('/') || from.ends_with('/');
            inside.then(|| to.join(rest.trim_start_matches('/')))
        };
        let mut found: Vec<PathBuf> = self.roots.iter().filter_map(under).collect();
        if let Some(inner) = in_standard_library(path) {
            let library = self.library.get_or_init(standard_library);
            found.extend(library.iter().map(|library| library.join(inner)));
        }
        found.push(PathBuf::from(path));
        found
    }
}

/// The path below the standard library's folder, which the compiler calls `/rustc/<hash>/library`; guests that zkperf
/// built, `/rust/library`.
fn in_standard_library(path: &str) -> Option<&str> {
    let rest = path
        .strip_prefix("/rustc/")
        .and_then(|rest| rest.split_once('/'));
    let rest = rest.map_or_else(|| path.strip_prefix("/rust/"), |(_, rest)| Some(rest));
    rest?.strip_prefix("library/")
}

/// Folders of unpacked crates.
fn registries() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let folders = home.and_then(|home| std::fs::read_dir(home.join("registry/src")).ok());
    let mut folders: Vec<PathBuf> = folders
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    folders.sort();
    folders
}

/// The standard library's source, if rustup's `rust-src` is installed.
fn standard_library() -> Option<PathBuf> {
    let rustc = std::process::Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .ok()?;
    let root = String::from_utf8(rustc.stdout).ok()?;
    let library = PathBuf::from(root.trim()).join("lib/rustlib/src/rust/library");
    library.is_dir().then_some(library)
}
