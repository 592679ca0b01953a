//! A file that is moved away, so that what is there afterwards is new.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// An ELF that was there before the build.
pub struct Aside {
    place: PathBuf,
    aside: PathBuf,
}

impl Aside {
    /// Moves a file into the folder `scratch`; `None` if there is none. A link stays, and what it points to goes.
    ///
    /// # Errors
    /// It cannot be moved.
    pub fn put(path: &Path, scratch: &Path) -> Result<Option<Self>> {
        let Ok(place) = path.canonicalize() else {
            return Ok(None);
        };
        let aside = scratch.join("guest-before.elf");
        std::fs::create_dir_all(scratch)
            .with_context(|| format!("cannot make {}", scratch.display()))?;
        shift(&place, &aside)?;
        Ok(Some(Self { place, aside }))
    }

    /// Puts it back, unless a new one is there: then the old one is gone.
    ///
    /// # Errors
    /// It cannot be put back; it stays where it is then.
    pub fn end(self) -> Result<()> {
        match self.place.exists() {
            true => {
                // Only in the way of nobody, if it stays.
                let _ = std::fs::remove_file(&self.aside);
                Ok(())
            }
            false => shift(&self.aside, &self.place),
        }
    }
}

/// Renames a file, or copies it where the two places are on two file systems.
fn shift(from: &Path, to: &Path) -> Result<()> {
    let moved = std::fs::rename(from, to)
        .or_else(|_| std::fs::copy(from, to).and_then(|_| std::fs::remove_file(from)));
    moved.with_context(|| format!("cannot move {} to {}", from.display(), to.display()))
}
