//! Where engines are looked for.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Name of the executable of a zkVM's engine: `zkperf-engine-zisk-1-1-0-alpha`.
pub fn executable_name(zkvm: &str, version: &str) -> String {
    format!("zkperf-engine-{zkvm}-{}", version.replace('.', "-"))
}

/// The folders in which engines are looked for, first things first: what `ZKPERF_ENGINES` names, beside this executable
/// (a test's is in `deps` below), `PATH`.
pub fn folders() -> Vec<PathBuf> {
    let named = std::env::var_os("ZKPERF_ENGINES").map(PathBuf::from);
    let mut folders: Vec<PathBuf> = named.into_iter().collect();
    let own = std::env::current_exe().ok();
    if let Some(own) = own.as_deref().and_then(|own| own.parent()) {
        folders.push(own.to_owned());
        let above = own.parent().filter(|_| own.ends_with("deps"));
        folders.extend(above.map(Path::to_owned));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(OsStr::new(&path)));
    folders
}

/// The executable of a zkVM's engine, if it is anywhere.
pub fn find(zkvm: &str, version: &str) -> Option<PathBuf> {
    let name = executable_name(zkvm, version);
    folders()
        .into_iter()
        .map(|folder| {
            folder
                .join(&name)
                .with_extension(std::env::consts::EXE_EXTENSION)
        })
        .find(|path| path.is_file())
}
