//! `verify` in a repository: the ledger of a branch, what it renders to, and the working tree's copy of it.

use std::path::Path;

use crate::chain::Chain;
use crate::error::LabError;
use crate::lab::Lab;
use crate::render;
use crate::verify::{verify_chain, Disbelief, Verified};

/// What `verify` found.
#[derive(Debug)]
pub enum Found {
    /// It can be believed.
    Good(Verified),
    /// It cannot; and where.
    Bad {
        /// Which ledger or file.
        place: String,
        /// Why.
        disbelief: Disbelief,
    },
}

impl Lab<'_> {
    /// Verifies the ledger in the working tree, what it renders to beside it, and the ledger as it is with the open
    /// attempt's rows. Needs nothing but the files: a clean clone will do.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn verify(&self) -> Result<Found, LabError> {
        let root = self.repo.root();
        let path = root.join(&self.config.ledger);
        let bytes = read(&path)?.unwrap_or_default();
        let bad = |place: &str, disbelief| {
            let place = place.to_owned();
            Ok(Found::Bad { place, disbelief })
        };
        let chain = match Chain::parse(&bytes) {
            Ok(chain) => chain,
            Err(fault) => return bad(&self.config.ledger, fault.into()),
        };
        let verified = match verify_chain(&chain) {
            Ok(verified) => verified,
            Err(disbelief) => return bad(&self.config.ledger, disbelief),
        };
        if let Some(disbelief) = self.erased(&bytes)? {
            return bad(&self.config.ledger, disbelief);
        }
        if let Some(disbelief) = self.lost(&chain, |path| read(&root.join(path)))? {
            return bad(&self.config.ledger, disbelief);
        }
        if let Some(disbelief) = self.differs(root, &chain)? {
            return bad(&self.config.ledger, disbelief);
        }
        let Some(pending) = self.store.pending()? else {
            return Ok(Found::Good(verified));
        };
        let place = format!("the ledger of {} with the open attempt", pending.branch);
        match self.view() {
            Err(LabError::Ledger { place, fault }) => bad(&place, fault.into()),
            Err(error) => Err(error),
            Ok(view) => match verify_chain(&view.chain) {
                Err(disbelief) => bad(&place, disbelief),
                Ok(verified) => Ok(Found::Good(verified)),
            },
        }
    }

    /// The first file that is not what a ledger renders to, or that it does not render at all.
    fn differs(&self, root: &Path, chain: &Chain) -> Result<Option<Disbelief>, LabError> {
        let files = render::files(&self.config, chain, |path| read(&root.join(path)))?;
        // Without rows there need be no logbook.
        let meant = files.iter().filter(|_| !chain.rows().is_empty());
        for (path, text) in meant {
            if read(&root.join(path))?.as_deref() != Some(text.as_bytes()) {
                return Ok(Some(Disbelief::Rendering { path: path.clone() }));
            }
        }
        let folder = self.config.reports();
        let mut names: Vec<String> = match std::fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok())
                .collect(),
            Err(_) => Vec::new(),
        };
        names.sort();
        for name in names {
            let path = format!("{folder}/{name}");
            if !self.config.is_own(&path) || files.iter().any(|(known, _)| *known == path) {
                continue;
            }
            // Reports that were kept by hand may have such names, too.
            let text = read(&root.join(&path))?.unwrap_or_default();
            if render::is_report(&String::from_utf8_lossy(&text)) {
                return Ok(Some(Disbelief::Stray { path }));
            }
        }
        Ok(None)
    }

    /// Whether the logbook goes on to rows that a ledger has not. `there` gives a file as it is.
    pub(crate) fn lost(
        &self,
        chain: &Chain,
        there: impl FnOnce(&str) -> Result<Option<Vec<u8>>, LabError>,
    ) -> Result<Option<Disbelief>, LabError> {
        let logbook = self.config.logbook();
        let text = there(&logbook)?.unwrap_or_default();
        let rows = render::last_rows(&String::from_utf8_lossy(&text));
        let is_lost = |row: &String| chain.rows().iter().all(|known| known.hash.0 != *row);
        Ok(rows.into_iter().find(is_lost).map(|row| Disbelief::Lost {
            ledger: self.config.ledger.clone(),
            logbook,
            row,
        }))
    }

    /// Writes logbook and reports anew from the ledger in the working tree. Returns what changed.
    ///
    /// # Errors
    /// The ledger is damaged, or lost rows that the logbook knows of; a file cannot be written.
    pub fn render(&self) -> Result<Vec<String>, LabError> {
        let (_lock, _) = self.begin("render")?;
        let root = self.repo.root();
        let bytes = read(&root.join(&self.config.ledger))?.unwrap_or_default();
        let chain = Chain::parse(&bytes).map_err(|fault| LabError::Ledger {
            place: self.config.ledger.clone(),
            fault,
        })?;
        if let Some(lost) = self.lost(&chain, |path| read(&root.join(path)))? {
            return Err(LabError::Disbelieved(Box::new(lost)));
        }
        let mut written = Vec::new();
        for (path, text) in render::files(&self.config, &chain, |path| read(&root.join(path)))? {
            let file = root.join(&path);
            if read(&file)?.as_deref() != Some(text.as_bytes()) {
                zkperf_files::write_with_folder(&file, text.as_bytes())
                    .map_err(|error| LabError::file("write", &file, error))?;
                written.push(path);
            }
        }
        Ok(written)
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, LabError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LabError::file("read", path, error)),
    }
}
