//! Files that are there in full or not at all.
//!
//! Every file that zkperf leaves behind is written here. Errors are plain [`io::Error`]s: the caller
//! knows what the file was for and says so.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// Writes `bytes` to `path`, whose folder must exist: a temporary file beside it takes them, is flushed to
/// disk, and then takes the name. Of several writers the last one wins, and a reader sees one of them in
/// full. A device or pipe takes the bytes itself: it must not be replaced.
///
/// # Errors
/// The temporary file cannot be made or written, or cannot take the name. What stood at `path` is as it
/// was, and nothing is left beside it.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_special(path) {
        return File::options().write(true).open(path)?.write_all(bytes);
    }
    let folder = folder_of(path);
    let mut file = temporary(folder)?;
    // Dropping the temporary file on an error removes it.
    fill(file.as_file_mut(), bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    // The new name survives a power cut once the folder is on disk. Not every file system can do that,
    // and the file's content is safe either way.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A file that is locked; the operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Not only by closing it: a process that another thread is just starting has a copy of it for a moment.
        let _ = self.0.unlock();
    }
}

/// Locks a file, which is made if need be, its folder too; `holder` is what another process then finds in it. The inner error is
/// what stands in it if another process has it.
///
/// # Errors
/// It cannot be made or locked.
pub fn lock(path: &Path, holder: &str) -> io::Result<Result<Lock, String>> {
    std::fs::create_dir_all(folder_of(path))?;
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut found = String::new();
            let _ = file.read_to_string(&mut found);
            return Ok(Err(found.trim().to_owned()));
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Only for whoever finds it locked: nothing depends on it.
    let _ = file.set_len(0).and_then(|()| {
        file.rewind()?;
        writeln!(file, "{holder}")
    });
    Ok(Ok(Lock(file)))
}

/// Keeps a folder out of git, whatever is put into it; one that says so already stays as it is.
///
/// # Errors
/// As [`write_with_folder`].
pub fn keep_from_git(folder: &Path) -> io::Result<()> {
    let ignore = folder.join(".gitignore");
    match ignore.exists() {
        true => Ok(()),
        false => write_with_folder(&ignore, b"*\n"),
    }
}

/// As [`write`](fn@write), making the folder first.
///
/// # Errors
/// As [`write`](fn@write), or the folder cannot be made.
pub fn write_with_folder(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::create_dir_all(folder_of(path))?;
    write(path, bytes)
}

/// Appends a line to `path`, whose folder must exist, and waits until it is on disk. A last line without an end, which
/// a process left that was killed while it wrote, is cut off first. Only one process may append at a time.
///
/// # Errors
/// The file cannot be read or written. What was in it stays; the new line may be there in part, without its end.
pub fn append_line(path: &Path, line: &[u8]) -> io::Result<()> {
    let is_new = !path.exists();
    let mut options = File::options();
    let mut file = options.read(true).append(true).create(true).open(path)?;
    let whole = end_of_last_line(&mut file)?;
    if file.metadata()?.len() > whole {
        file.set_len(whole)?;
    }
    // In one write, so that little can come between.
    file.write_all(&[line, b"\n"].concat())?;
    file.sync_data()?;
    if is_new {
        if let Ok(folder) = File::open(folder_of(path)) {
            let _ = folder.sync_all();
        }
    }
    Ok(())
}

/// Bytes up to the end of the last line that has one.
fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 4096;
    let mut end = file.metadata()?.len();
    while end > 0 {
        let begin = end.saturating_sub(BLOCK);
        let mut block = Vec::new();
        file.seek(io::SeekFrom::Start(begin))?;
        Read::by_ref(file)
            .take(end - begin)
            .read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

/// Finds out whether [`write_with_folder`] could write `path`, before the work that makes its content; leaves
/// nothing behind.
///
/// # Errors
/// `path` names a folder, or [`probe_folder`] refuses its folder.
pub fn probe(path: &Path) -> io::Result<()> {
    let ends_in_separator = path.to_string_lossy().ends_with(std::path::is_separator);
    if path.is_dir() || path.file_name().is_none() || ends_in_separator {
        let kind = io::ErrorKind::IsADirectory;
        return Err(io::Error::new(kind, "it names a folder, not a file"));
    }
    if is_special(path) {
        return Ok(());
    }
    probe_folder(folder_of(path))
}

/// Finds out whether files can be made in `folder`, or the folder itself where it is missing; leaves nothing
/// behind.
///
/// # Errors
/// The nearest of its folders that is there is none, or takes no new file.
pub fn probe_folder(folder: &Path) -> io::Result<()> {
    let mut there = folder;
    // A link that leads nowhere is there, but no folder can be made in its place.
    while there.symlink_metadata().is_err() {
        there = folder_of(there);
    }
    let says =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", there.display()));
    if !there.is_dir() {
        return Err(says(io::Error::new(
            io::ErrorKind::NotADirectory,
            "not a folder",
        )));
    }
    temporary(there).map(drop).map_err(says)
}

/// Whether a device or pipe stands at `path`.
fn is_special(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// The folder that holds `path`; `.` for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".zkperf-").suffix(".tmp");
    #[cfg(unix)]
    {
        // Temporary files are private by default; these are ordinary files (less the umask).
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn fill(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lines_are_appended_and_a_torn_one_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        append_line(&path, b"one").unwrap();
        append_line(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
        for torn in [1, 4095, 4096, 4097, 10_000] {
            let mut bytes = b"one\ntwo\n".to_vec();
            bytes.extend(vec![b'x'; torn]);
            fs::write(&path, &bytes).unwrap();
            append_line(&path, b"three").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\nthree\n", "{torn}");
        }
        fs::write(&path, b"torn").unwrap();
        append_line(&path, b"first").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first\n");
    }

    #[test]
    fn writes_replaces_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        assert!(write(&path, b"no folder").is_err());
        write_with_folder(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_rename_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write(&taken, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(taken.is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn written_files_are_as_readable_as_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, other) = (folder.path().join("ours"), folder.path().join("other"));
        write(&ours, b"x").unwrap();
        fs::write(&other, b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&other));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error() {
        // The kernel's own "no space left" device.
        let mut full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let error = fill(&mut full, b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_to_and_stays_one() {
        for device in ["/dev/null", "/dev/full"].map(Path::new) {
            probe(device).unwrap();
            let full = device.ends_with("full");
            let error = write(device, b"x").err().map(|error| error.kind());
            assert_eq!(error, full.then_some(io::ErrorKind::StorageFull));
            assert!(is_special(device), "{}", device.display());
        }
    }

    #[test]
    fn a_probe_says_what_a_write_would_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), b"x").unwrap();
        for good in ["new", "file", "a/b/new"] {
            probe(&at(good)).unwrap();
        }
        probe_folder(&at("a/b")).unwrap();
        for (bad, words) in [
            ("", "names a folder"),
            ("new/", "names a folder"),
            ("file/new", "not a folder"),
            ("file/a/new", "not a folder"),
        ] {
            let error = probe(&at(bad)).unwrap_err().to_string();
            assert!(error.contains(words), "{bad}: {error}");
        }
        assert!(probe_folder(&at("file")).is_err());
        assert!(probe(Path::new("")).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read(at("file")).unwrap(), b"x");
    }

    #[test]
    fn folders_of_names() {
        assert_eq!(folder_of(Path::new("a/b")), Path::new("a"));
        assert_eq!(folder_of(Path::new("b")), Path::new("."));
        assert_eq!(folder_of(Path::new("/b")), Path::new("/"));
    }
}
