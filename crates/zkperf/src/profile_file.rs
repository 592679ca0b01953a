//! Which profile is meant: by its file, its text report, a folder, or a pattern.

use anyhow::{bail, Result};
use clap::builder::{PathBufValueParser, TypedValueParser};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zkperf_config::Config;

/// A profile, and what is to be said of how it was chosen.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Its file.
    pub path: PathBuf,
    /// Which of several was taken.
    pub note: Option<String>,
}

impl Found {
    /// Its file; which of several it is, is said on stderr.
    pub fn said(self) -> PathBuf {
        if let Some(note) = self.note {
            eprintln!("note: {}", zkperf_report::printable(&note));
        }
        self.path
    }
}

/// Whether a path is a pattern: a file may have any name, a pattern's included.
pub fn is_pattern(path: &Path) -> bool {
    path.symlink_metadata().is_err() && path.to_string_lossy().contains(['*', '?', '['])
}

/// Reads an argument that names a profile. What is found by a pattern or in a folder is said on stderr; what is not found
/// stays as it is, for the command to complain about; but for folders, of which no command could say more.
pub fn argument() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|wanted| match find(&wanted, &places()) {
        Ok(found) => Ok(found.said()),
        Err(error) if wanted.is_dir() => Err(error),
        Err(_) => Ok(wanted),
    })
}

/// Where a relative path is looked for: here, then from the repository's root.
pub fn places() -> Vec<PathBuf> {
    let here = PathBuf::new();
    let Ok(absolute) = std::env::current_dir() else {
        return vec![here];
    };
    let repository = absolute
        .ancestors()
        .find(|folder| folder.join(".git").exists());
    let config = Config::locate(&absolute).and_then(|file| file.parent().map(Path::to_owned));
    let root = repository.map(Path::to_owned).or(config);
    [here]
        .into_iter()
        .chain(root.filter(|root| *root != absolute))
        .collect()
}

/// The profile that `wanted` means in the first of `places` where it means one.
///
/// # Errors
/// It means none: nothing is there, or a text report without a profile beside it.
pub fn find(wanted: &Path, places: &[PathBuf]) -> Result<Found> {
    for place in places {
        if let Some(found) = find_in(&place.join(wanted))? {
            return Ok(found);
        }
    }
    let looked: Vec<String> = places
        .iter()
        .map(|place| match place.as_os_str().is_empty() {
            true => ".".to_owned(),
            false => place.display().to_string(),
        })
        .collect();
    bail!(
        "there is no profile {}, looking from {}; name a .zkp, its .txt, a folder of them, or a pattern in quotes",
        wanted.display(),
        looked.join(", ")
    )
}

fn find_in(path: &Path) -> Result<Option<Found>> {
    if path.is_dir() {
        let mut profiles = Vec::new();
        collect(path, 0, &mut profiles);
        return Ok(newest(path, profiles));
    }
    if path.symlink_metadata().is_ok() {
        return of_file(path).map(|path| Some(Found { path, note: None }));
    }
    if !is_pattern(path) {
        return Ok(None);
    }
    let Ok(matches) = glob::glob(&path.to_string_lossy()) else {
        return Ok(None);
    };
    let mut profiles = Vec::new();
    for path in matches.filter_map(Result::ok).filter(|path| path.is_file()) {
        // Beside profiles and their reports a pattern may match other things, which are not meant.
        if let Ok(path) = of_file(&path) {
            profiles.push(path);
        }
    }
    profiles.retain(|path| path.extension().is_some_and(|extension| extension == "zkp"));
    Ok(newest(path, profiles))
}

/// A profile is itself; its text report has it beside itself.
///
/// # Errors
/// A text report without one.
pub fn of_file(path: &Path) -> Result<PathBuf> {
    if path.extension().is_none_or(|extension| extension != "txt") {
        return Ok(path.to_owned());
    }
    let profile = path.with_extension("zkp");
    match profile.is_file() {
        true => Ok(profile),
        false => bail!(
            "{} is a text without a profile beside it ({} is missing); `zkperf import` makes one of a report of ziskemu",
            path.display(),
            profile.display()
        ),
    }
}

/// Profiles in a folder, and in those a little below it.
fn collect(folder: &Path, depth: usize, profiles: &mut Vec<PathBuf>) {
    const MAX_DEPTH: usize = 2;
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_file() && path.extension().is_some_and(|extension| extension == "zkp") {
            profiles.push(path);
        } else if depth < MAX_DEPTH && path.is_dir() && !path.is_symlink() {
            collect(&path, depth + 1, profiles);
        }
    }
}

/// The one that was written last.
fn newest(wanted: &Path, mut profiles: Vec<PathBuf>) -> Option<Found> {
    profiles.sort();
    profiles.dedup();
    let count = profiles.len();
    let written = |path: &PathBuf| {
        let time = path.metadata().and_then(|data| data.modified());
        (time.unwrap_or(SystemTime::UNIX_EPOCH), path.clone())
    };
    let path = profiles.into_iter().max_by_key(written)?;
    let note = match count {
        1 => format!("{} is {}", wanted.display(), path.display()),
        _ => format!(
            "{} means {count} profiles; taking the newest, {}",
            wanted.display(),
            path.display()
        ),
    };
    Some(Found {
        note: Some(note),
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(folder: &Path, name: &str, seconds: u64) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(&path, "").expect("a file");
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let file = std::fs::File::options()
            .write(true)
            .open(&path)
            .expect("open");
        file.set_modified(time).expect("set the time");
    }

    #[test]
    fn a_profile_by_all_its_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let (outer, inner) = (folder.path(), folder.path().join("here"));
        std::fs::create_dir(&inner).expect("a folder");
        for (name, seconds) in [
            ("p/stats_1_base.zkp", 100),
            ("p/stats_1_base.txt", 100),
            ("p/stats_2_base.zkp", 50),
            ("p/stats_2_base.txt", 900),
            ("p/stats_3_head.zkp", 70),
            ("p/alone.txt", 70),
            ("p/odd[1].zkp", 10),
        ] {
            touch(outer, name, seconds);
        }
        let places = [inner, outer.to_owned()];
        let find = |wanted: &str| find(Path::new(wanted), &places);
        let name = |wanted: &str| {
            let found = find(wanted).expect("found");
            let name = found
                .path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            (name.unwrap_or_default(), found.note.unwrap_or_default())
        };
        // By itself and by its report, silently.
        let itself = ("stats_1_base.zkp".to_owned(), String::new());
        assert_eq!(name("p/stats_1_base.zkp"), itself);
        assert_eq!(name("p/stats_1_base.txt"), itself);
        assert_eq!(name("p/odd[1].zkp").0, "odd[1].zkp");
        // Of several the newest profile, however new the reports are; aloud.
        let (newest, note) = name("p/stats_*_base.txt");
        assert_eq!(newest, "stats_1_base.zkp");
        assert!(
            note.contains("2 profiles") && note.contains("stats_1_base.zkp"),
            "{note}"
        );
        assert_eq!(name("p/*").0, "stats_1_base.zkp");
        assert_eq!(name("p").0, "stats_1_base.zkp");
        assert_eq!(name("p/stats_*_head.*").0, "stats_3_head.zkp");
        // Errors say what to do.
        let text = format!("{:#}", find("p/alone.txt").expect_err("no profile"));
        assert!(text.contains("zkperf import"), "{text}");
        let text = format!("{:#}", find("p/nothing*").expect_err("no match"));
        assert!(
            text.contains("p/nothing*") && text.contains("here"),
            "{text}"
        );
    }
}
