//! Source lines that were found before, so that the second run of a guest on a block need not read its debug information
//! again: a file for each set of executed instructions of an ELF, in the user's cache folder.
//!
//! What is wrong with a cache is never an error: what cannot be read, or is of another build, is made again.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zkperf_exec::{attach_source, Zkvm};
use zkperf_profile::{Origin, Profile, FORMAT_VERSION};

/// Set to anything but nothing or 0, it switches the cache off.
const OFF: &str = "ZKPERF_NO_CACHE";

/// Bytes that all files together take at most; the longest unused go first.
const MOST_BYTES: u64 = 256 << 20;

/// Bytes of a SHA-256.
const HASH: usize = 32;

/// The profile with lines and inlined frames of what it executed ([`attach_source`]), read from the guest's file or from
/// the cache: it makes no difference.
pub fn attach(profile: Profile, zkvm: &dyn Zkvm, file: &[u8], elf_sha256: &str) -> Profile {
    let from_file = |profile| attach_source(profile, &zkvm.elves(file));
    let Some(folder) = folder() else {
        return from_file(profile);
    };
    let path = folder.join(format!("{}.lines", key(&profile, zkvm, elf_sha256)));
    if let Some(source) = read(&path).and_then(|bytes| profile.source_from_bytes(&bytes).ok()) {
        let found = profile.with_source(source);
        return found.expect("a map that was checked against these pcs fits them");
    }
    let profile = from_file(profile);
    if let Ok(bytes) = profile.source_to_bytes() {
        // A cache that cannot be written is none.
        if zkperf_files::write_with_folder(&path, &sealed(bytes)).is_ok() {
            make_room(&folder, &path, MOST_BYTES);
        }
    }
    profile
}

/// `$ZKPERF_HOME/cache/source`, else `zkperf/source` in `$XDG_CACHE_HOME` or `~/.cache`; nothing if there is no cache.
fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if variable(OFF).is_some_and(|value| value != "0") {
        return None;
    }
    if let Some(home) = variable("ZKPERF_HOME") {
        return Some(PathBuf::from(home).join("cache/source"));
    }
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
    Some(cache?.join("zkperf/source"))
}

/// Stands for everything that decides the lines: the ELF, what was executed of it, and who reads it.
fn key(profile: &Profile, zkvm: &dyn Zkvm, elf_sha256: &str) -> String {
    let mut hash = Sha256::new();
    let mut put = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    put(env!("CARGO_PKG_VERSION").as_bytes());
    put(&FORMAT_VERSION.to_le_bytes());
    put(&this_build());
    put(zkvm.id().as_bytes());
    put(elf_sha256.as_bytes());
    let mut executed = Vec::with_capacity(13 * profile.pcs.len());
    for pc in &profile.pcs {
        // Of a function it only matters whether it is a place without code.
        let function = &profile.functions[pc.function.0 as usize];
        executed.extend(pc.address.map_or(u64::MAX, |address| address).to_le_bytes());
        executed.push(u8::from(pc.address.is_some()));
        executed.push(u8::from(function.origin == Origin::Pseudo));
    }
    put(&executed);
    hex::encode(hash.finalize())
}

/// Size and time of this executable: another build may read debug information otherwise, whatever its version says.
fn this_build() -> Vec<u8> {
    let about = std::env::current_exe().and_then(std::fs::metadata);
    let Ok(about) = about else {
        return Vec::new();
    };
    let modified = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let since = modified.duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    [about.len().to_le_bytes().as_slice(), &nanos.to_le_bytes()].concat()
}

/// The content behind its hash.
fn sealed(bytes: Vec<u8>) -> Vec<u8> {
    let mut file = Sha256::digest(&bytes).to_vec();
    file.extend(bytes);
    file
}

/// The content of a file that is whole, which is marked as used.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = std::fs::read(path).ok()?;
    let hash = bytes.get(..HASH)?;
    if Sha256::digest(&bytes[HASH..]).as_slice() != hash {
        return None;
    }
    if let Ok(file) = File::options().append(true).open(path) {
        let _ = file.set_modified(SystemTime::now());
    }
    Some(bytes.split_off(HASH))
}

/// Removes the files that were unused for longest until the rest takes no more than `most`; never `kept`.
fn make_room(folder: &Path, kept: &Path, most: u64) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let about = entry.metadata().ok().filter(|about| about.is_file())?;
            Some((about.modified().ok()?, about.len(), entry.path()))
        })
        .collect();
    files.sort();
    let mut taken: u64 = files.iter().map(|file| file.1).sum();
    for (_, bytes, path) in files {
        if taken <= most {
            return;
        }
        if path != kept && std::fs::remove_file(&path).is_ok() {
            taken -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_not_whole_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lines");
        assert_eq!(read(&path), None);
        let whole = sealed(b"lines".to_vec());
        for broken in [&whole[..0], &whole[..HASH - 1], &whole[..whole.len() - 1]] {
            std::fs::write(&path, broken).unwrap();
            assert_eq!(read(&path), None);
        }
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(read(&path), Some(b"lines".to_vec()));
    }

    #[test]
    fn the_longest_unused_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, age: u64| {
            std::fs::write(path(name), [0; 100]).unwrap();
            let file = File::options().append(true).open(path(name)).unwrap();
            let time = SystemTime::now() - Duration::from_secs(age);
            file.set_modified(time).unwrap();
        };
        for (name, age) in [("a", 40), ("b", 30), ("c", 20), ("kept", 50)] {
            write(name, age);
        }
        make_room(folder.path(), &path("kept"), 400);
        assert!(path("a").exists());
        make_room(folder.path(), &path("kept"), 250);
        let there = ["a", "b", "c", "kept"].map(|name| path(name).exists());
        assert_eq!(there, [false, false, true, true]);
        make_room(folder.path(), &path("kept"), 0);
        assert!(!path("c").exists() && path("kept").exists());
    }
}
