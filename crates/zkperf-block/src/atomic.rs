//! Files that are there in full or not at all.

use crate::error::BlockError;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// Writes `bytes` to `path`, making its folder: into a temporary file beside it, which is synced and then renamed.
/// Of several writers the last one wins, and a reader sees one of them in full.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), BlockError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(|cause| BlockError::file("create", folder, cause))?;
    let failed = |cause| BlockError::file("write", path, cause);
    let mut file = temporary(folder).map_err(failed)?;
    // dropping the temporary file on an error removes it
    fill(file.as_file_mut(), bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    // so that the name survives a power cut too; not every file system can do that, which is no reason to fail
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".zkperf-").suffix(".tmp");
    #[cfg(unix)]
    {
        // as any file the user makes (the umask applies), not readable by the owner alone
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn fill(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
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
    fn writes_replaces_and_leaves_nothing_else() {
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
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_rename_leaves_no_temporary_file() {
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
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_named_as_such() {
        // the kernel's own "no space left" device
        let cause = fill(
            &mut fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap(),
            b"x",
        )
        .unwrap_err();
        let error = BlockError::file("write", "/inputs/x", cause);
        assert_eq!(error.code(), "disk-full");
        assert!(error.to_string().contains("/inputs/x"));
    }
}
