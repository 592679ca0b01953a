//! Files that are there in full or not at all, with errors that name them.

use crate::error::BlockError;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Writes `bytes` to `path`, whole or not at all, making its folder.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), BlockError> {
    let folder = zkperf_files::folder_of(path);
    fs::create_dir_all(folder).map_err(|cause| BlockError::file("create", folder, cause))?;
    zkperf_files::write(path, bytes).map_err(|cause| BlockError::file("write", path, cause))
}

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, BlockError> {
    fs::read(path).map_err(|cause| BlockError::file("read", path, cause))
}

/// Whether `path` holds exactly `bytes`.
pub(crate) fn holds(path: &Path, bytes: &[u8]) -> bool {
    let same_size =
        fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == bytes.len() as u64);
    same_size && File::open(path).is_ok_and(|file| same(file, bytes).unwrap_or(false))
}

fn same(mut file: File, mut bytes: &[u8]) -> io::Result<bool> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let got = file.read(&mut buffer)?;
        match (got, bytes.split_at_checked(got)) {
            (0, _) => return Ok(bytes.is_empty()),
            (_, Some((start, rest))) if start == &buffer[..got] => bytes = rest,
            _ => return Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap(), b"two");
        assert!(
            holds(&path, b"two")
                && !holds(&path, b"twi")
                && !holds(&path, b"two2")
                && !holds(&path, b"")
        );
    }

    #[test]
    fn errors_name_the_file_and_the_full_disk() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("taken")).unwrap();
        let error = write(&folder.path().join("taken"), b"x").unwrap_err();
        assert!(
            matches!(
                error,
                BlockError::File {
                    action: "write",
                    ..
                }
            ),
            "{error:?}"
        );
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = BlockError::file("write", "/inputs/x", full);
        assert_eq!(error.code(), "disk-full");
        assert!(error.to_string().contains("/inputs/x"));
    }
}
