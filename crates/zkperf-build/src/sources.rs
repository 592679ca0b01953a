//! The identity of sources: which files there are and what is in them.

use crate::error::BuildError;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// SHA-256 over names and contents of the files below some folders. What git ignores does not count, nor do profiles
/// (`*.zkp`) and the files of `skip`: a build or a run that leaves something there changes no source. Outside a
/// repository, hidden files, `target` and folders that are marked as a cache are left out.
///
/// # Errors
/// A file cannot be read.
pub fn sources_sha256(folders: &[PathBuf], skip: &[PathBuf]) -> Result<String, BuildError> {
    let mut all = Sha256::new();
    for folder in folders {
        let mut files = BTreeSet::new();
        list(folder, &mut files)?;
        let is_meant = |path: &&PathBuf| {
            path.extension().is_none_or(|extension| extension != "zkp") && !skip.contains(path)
        };
        for path in files.iter().filter(is_meant) {
            let name = path.strip_prefix(folder).unwrap_or(path);
            let mut file = std::fs::File::open(path).map_err(BuildError::file(path))?;
            let mut content = Sha256::new();
            std::io::copy(&mut file, &mut content).map_err(BuildError::file(path))?;
            all.update(name.to_string_lossy().as_bytes());
            all.update([0]);
            all.update(content.finalize());
        }
        all.update([0]);
    }
    Ok(hex::encode(all.finalize()))
}

/// The files below a folder, by git where it is in a repository.
fn list(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), BuildError> {
    let listed = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output();
    // Nothing is listed of a folder that git ignores as a whole: it is none of the repository's.
    let lists =
        |output: &std::process::Output| output.status.success() && !output.stdout.is_empty();
    let Some(listed) = listed.ok().filter(lists) else {
        return walk(folder, files);
    };
    // `./` is the folder itself: of a submodule that is not checked out.
    let names = listed.stdout.split(|byte| *byte == 0);
    for name in names.filter(|name| !name.is_empty() && *name != b"./") {
        let path = folder.join(String::from_utf8_lossy(name).as_ref());
        match std::fs::metadata(&path) {
            Ok(found) if found.is_file() => {
                files.insert(path);
            }
            // A submodule. A link to a folder is not followed: it may lead back; packages that are reached through one
            // are folders of their own here.
            Ok(_) if !path.is_symlink() => list(&path, files)?,
            // It was deleted, or is a link to nothing.
            _ => {}
        }
    }
    Ok(())
}

fn walk(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), BuildError> {
    let entries = std::fs::read_dir(folder).map_err(BuildError::file(folder))?;
    for entry in entries {
        let path = entry.map_err(BuildError::file(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_cache = || {
            let ignores_itself = std::fs::read(path.join(".gitignore"));
            path.join("CACHEDIR.TAG").exists() || ignores_itself.is_ok_and(|text| text == b"*\n")
        };
        if name.starts_with('.') || name == "target" {
            continue;
        }
        match std::fs::metadata(&path) {
            Ok(found) if found.is_file() => {
                files.insert(path);
            }
            Ok(_) if !path.is_symlink() && !is_cache() => walk(&path, files)?,
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_decide_and_what_is_ignored_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let hash = || sources_sha256(std::slice::from_ref(&root), &[root.join("out.elf")]).unwrap();
        write("src/main.rs", "fn main() {}");
        for in_git in [false, true] {
            if in_git {
                let init = Command::new("git")
                    .arg("init")
                    .arg("-q")
                    .arg(&root)
                    .status();
                assert!(init.unwrap().success());
                write(".gitignore", "/target\n");
            }
            let first = hash();
            write("target/x.o", if in_git { "x" } else { "y" });
            write("out.elf", if in_git { "x" } else { "y" });
            write("p.zkp", if in_git { "x" } else { "y" });
            assert_eq!(hash(), first, "git: {in_git}");
            write("src/main.rs", "fn main() { }");
            let changed = hash();
            assert_ne!(changed, first, "git: {in_git}");
            write("src/new.rs", "");
            assert_ne!(hash(), changed, "git: {in_git}");
            std::fs::remove_file(root.join("src/new.rs")).unwrap();
            assert_eq!(hash(), changed, "git: {in_git}");
            write("src/main.rs", "fn main() {}");
            assert_eq!(hash(), first, "git: {in_git}");
        }
        // A folder that git ignores as a whole has sources all the same, if it is what is asked for.
        let ignored = root.join("target");
        let hash = || sources_sha256(std::slice::from_ref(&ignored), &[]).unwrap();
        let first = hash();
        write("target/x.o", "changed");
        assert_ne!(hash(), first);
        // So has one that lists itself: a submodule that is not checked out.
        let inner = root.join("inner");
        std::fs::create_dir(&inner).unwrap();
        let status = Command::new("git")
            .arg("-C")
            .arg(&root)
            .args(["update-index", "--add", "--cacheinfo"])
            .arg(format!("160000,{},inner", "1".repeat(40)))
            .status();
        assert!(status.unwrap().success());
        sources_sha256(std::slice::from_ref(&inner), &[]).unwrap();
    }
}
