//! Making a build forget where it took place.

use crate::guest::Manifest;
use crate::toolchain::Toolchain;
use std::path::{Path, PathBuf};

/// Folders and the names that stand for them in the ELF. Where several match, the compiler takes the last.
pub(crate) fn remaps(
    manifest: &Manifest,
    toolchain: &Toolchain,
    target_dir: &Path,
) -> Vec<(PathBuf, String)> {
    let root = &manifest.workspace_root;
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| home.as_ref().map(|home| home.join(".cargo")));
    let mut remaps: Vec<(PathBuf, String)> = Vec::new();
    remaps.extend(home.map(|folder| (folder, "/home".into())));
    remaps.extend(cargo_home.map(|folder| (folder, "/cargo".into())));
    // std's own dependencies are unpacked beside the guest's
    remaps.extend(
        manifest
            .registries
            .iter()
            .map(|folder| (folder.clone(), "/registry".into())),
    );
    remaps.extend(
        manifest
            .checkouts
            .iter()
            .map(|(name, folder)| (folder.clone(), format!("/git/{name}"))),
    );
    remaps.push((toolchain.std_sources(), "/rust".into()));
    remaps.push((target_dir.into(), "/target".into()));
    let outside = manifest
        .own_folders
        .iter()
        .filter(|(_, folder)| !folder.starts_with(root));
    remaps.extend(outside.map(|(name, folder)| (folder.clone(), format!("/packages/{name}"))));
    remaps.push((root.clone(), "/guest".into()));
    inner_last(with_links_resolved(remaps))
}

/// Puts folders behind those that they lie in: a target folder is within its workspace unless told otherwise.
fn inner_last(mut remaps: Vec<(PathBuf, String)>) -> Vec<(PathBuf, String)> {
    remaps.sort_by_key(|(folder, _)| folder.components().count());
    remaps
}

/// Adds the form without symbolic links where it differs: compilers use either.
fn with_links_resolved(remaps: Vec<(PathBuf, String)>) -> Vec<(PathBuf, String)> {
    let mut all = Vec::with_capacity(remaps.len());
    for (folder, name) in remaps {
        if let Some(real) = folder.canonicalize().ok().filter(|real| *real != folder) {
            all.push((real, name.clone()));
        }
        all.push((folder, name));
    }
    all
}

/// Packages whose place on this machine goes into the hashes of their symbols, whatever is remapped: cargo makes
/// only paths below the workspace's root relative.
pub(crate) fn place_dependent(manifest: &Manifest) -> Vec<String> {
    let outside = manifest
        .own_folders
        .iter()
        .filter(|(_, folder)| !folder.starts_with(&manifest.workspace_root));
    outside.map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_folder_names_a_path_wherever_the_others_are() {
        let place = |at: &str, name: &str| (PathBuf::from(at), name.to_owned());
        let of = |remaps: &[(PathBuf, String)], path: &str| {
            let matching = remaps
                .iter()
                .filter(|(folder, _)| Path::new(path).starts_with(folder));
            matching.map(|(_, name)| name.clone()).next_back()
        };
        // A target folder within its workspace, and a workspace within somebody's target folder.
        let inside = inner_last(vec![place("/g/target", "/target"), place("/g", "/guest")]);
        assert_eq!(of(&inside, "/g/target/x.rs").as_deref(), Some("/target"));
        assert_eq!(of(&inside, "/g/src/x.rs").as_deref(), Some("/guest"));
        let around = inner_last(vec![place("/t/g", "/guest"), place("/t", "/target")]);
        assert_eq!(of(&around, "/t/g/x.rs").as_deref(), Some("/guest"));
        assert_eq!(of(&around, "/t/x.rs").as_deref(), Some("/target"));
    }
}
