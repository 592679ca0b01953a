//! `verify` in a repository: the ledger of a branch, what it renders to, and the working tree's copy of it.

use std::path::Path;

use crate::chain::Chain;
use crate::error::LabError;
use crate::lab::Lab;
use crate::render;
use crate::verify::{verify, verify_chain, Disbelief, Verified};

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
        let verified = match verify(&bytes) {
            Ok(verified) => verified,
            Err(disbelief) => return bad(&self.config.ledger, disbelief),
        };
        if let Some(path) = self.differs(root, &bytes)? {
            return bad(&path.clone(), Disbelief::Rendering { path });
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

    /// The first file that is not what a ledger renders to.
    fn differs(&self, root: &Path, bytes: &[u8]) -> Result<Option<String>, LabError> {
        let Ok(chain) = Chain::parse(bytes) else {
            return Ok(None);
        };
        if chain.rows().is_empty() {
            return Ok(None);
        }
        for (path, text) in render::files(&self.config, &chain, |path| read(&root.join(path)))? {
            if read(&root.join(&path))?.as_deref() != Some(text.as_bytes()) {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Writes logbook and reports anew from the ledger in the working tree. Returns what changed.
    ///
    /// # Errors
    /// The ledger is damaged, or a file cannot be written.
    pub fn render(&self) -> Result<Vec<String>, LabError> {
        let (_lock, _) = self.begin("render")?;
        let root = self.repo.root();
        let bytes = read(&root.join(&self.config.ledger))?.unwrap_or_default();
        let chain = Chain::parse(&bytes).map_err(|fault| LabError::Ledger {
            place: self.config.ledger.clone(),
            fault,
        })?;
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
