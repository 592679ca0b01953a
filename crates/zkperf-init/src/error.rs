//! What keeps a workflow from being laid down.

use std::path::PathBuf;

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The folder is none.
    #[error("{path} is not a folder; name the repository to lay the workflow down in", path = .0.display())]
    NotAFolder(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {path}: {cause}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}
