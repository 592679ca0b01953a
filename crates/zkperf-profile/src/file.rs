//! The `.zkp` file: a small head, then one zstd frame. `docs/profile.md` describes it in prose.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::ProfileError;
use crate::profile::Profile;
use crate::wire;

/// Version of the `.zkp` format that this build writes.
///
/// 2: source lines and inlined frames.
pub const FORMAT_VERSION: u32 = 2;

/// The most a profile may take decompressed, in bytes. A mainnet block takes some 20 MB; the limit
/// keeps a small hostile file from filling the memory.
pub const MAX_DECOMPRESSED: u64 = 256 << 20;

/// First bytes of a `.zkp` file. The byte above 127 and the line ends show at once when something
/// treated the file as text.
const MAGIC: [u8; 8] = *b"\x93ZKP\r\n\x1a\n";

/// Magic, version (u32), decompressed length (u64), compressed length (u64), all little-endian.
const HEAD: usize = 28;

/// zstd level: on a block-sized profile, higher ones save a hundredth and take up to three times as long.
const LEVEL: i32 = 3;

/// What is wrong with the bytes of a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The bytes do not start like a profile.
    #[error("not a zkperf profile; `zkperf profile` makes one (.zkp)")]
    NotAProfile,
    /// Written by a newer zkperf.
    #[error("a profile of format {found}, but this zkperf reads up to format {supported}; use a newer zkperf, or make the profile again")]
    Newer {
        /// Format version of the file.
        found: u32,
        /// Newest version that this build reads.
        supported: u32,
    },
    /// Bytes are missing at the end.
    #[error(
        "cut short: {found} of {expected} bytes; copy the file again, or make the profile again"
    )]
    Truncated {
        /// Bytes the head asks for.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// Bytes stand after the end.
    #[error("{extra} bytes stand after the end of the profile; copy the file again, or make the profile again")]
    Trailing {
        /// How many.
        extra: u64,
    },
    /// The bytes do not decode.
    #[error("damaged ({what}); copy the file again, or make the profile again")]
    Corrupt {
        /// What did not fit.
        what: String,
    },
    /// More than [`MAX_DECOMPRESSED`], or more than that once its columns are laid out.
    #[error(
        "the profile takes {bytes} bytes of memory, more than the {limit} that zkperf handles"
    )]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The bytes decode to a profile that does not add up.
    #[error("not a valid profile: {0}; it was not written by zkperf, or it is damaged: make the profile again")]
    Invalid(#[from] ProfileError),
}

/// What went wrong with a profile's file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}; check the path", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be written. A file that stood there before is as it was.
    #[error("cannot write {}: {source}; check the folder, its permissions and the free space", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a good profile.
    #[error("{}: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FormatError,
    },
}

impl Profile {
    /// The profile as the bytes of a `.zkp` file.
    ///
    /// # Errors
    /// [`FormatError::TooLarge`] above [`MAX_DECOMPRESSED`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, FormatError> {
        let corrupt = |what: String| FormatError::Corrupt { what };
        let plain = wire::encode(self.data())?;
        let bytes = plain.len() as u64;
        if bytes > MAX_DECOMPRESSED {
            return Err(FormatError::TooLarge {
                bytes,
                limit: MAX_DECOMPRESSED,
            });
        }
        let compressed = compress(&plain).map_err(|error| corrupt(error.to_string()))?;
        let mut out = Vec::with_capacity(HEAD + compressed.len());
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        out.extend_from_slice(&bytes.to_le_bytes());
        out.extend_from_slice(&(compressed.len() as u64).to_le_bytes());
        out.extend_from_slice(&compressed);
        Ok(out)
    }

    /// Reads the bytes of a `.zkp` file and checks every invariant.
    ///
    /// # Errors
    /// Whatever the bytes are, they give a profile or a [`FormatError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Profile, FormatError> {
        let found = bytes.len() as u64;
        let start = bytes.len().min(MAGIC.len());
        if bytes[..start] != MAGIC[..start] || bytes.is_empty() {
            return Err(FormatError::NotAProfile);
        }
        let cut = FormatError::Truncated {
            expected: HEAD as u64,
            found,
        };
        let (head, body) = bytes.split_at_checked(HEAD).ok_or(cut)?;
        let version = number(&head[8..12]) as u32;
        if version > FORMAT_VERSION {
            return Err(FormatError::Newer {
                found: version,
                supported: FORMAT_VERSION,
            });
        }
        if version == 0 {
            return Err(FormatError::Corrupt {
                what: "format version 0".to_owned(),
            });
        }
        let (plain, compressed) = (number(&head[12..20]), number(&head[20..28]));
        if plain > MAX_DECOMPRESSED {
            return Err(FormatError::TooLarge {
                bytes: plain,
                limit: MAX_DECOMPRESSED,
            });
        }
        let expected = compressed.saturating_add(HEAD as u64);
        if found < expected {
            return Err(FormatError::Truncated { expected, found });
        }
        if found > expected {
            return Err(FormatError::Trailing {
                extra: found - expected,
            });
        }
        let data = wire::decode(&decompress(body, plain)?, version)?;
        Ok(Profile::new(data)?)
    }

    /// Writes the profile to `path`, whole or not at all. Its folder must exist.
    ///
    /// # Errors
    /// [`FileError`] naming `path`.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        let bytes = self.to_bytes().map_err(|source| FileError::Format {
            path: path.to_owned(),
            source,
        })?;
        zkperf_files::write(path, &bytes).map_err(|source| FileError::Write {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads the profile at `path` and checks every invariant.
    ///
    /// # Errors
    /// [`FileError`] naming `path`.
    pub fn load(path: impl AsRef<Path>) -> Result<Profile, FileError> {
        let path = path.as_ref();
        let bytes = read_bounded(path).map_err(|source| FileError::Read {
            path: path.to_owned(),
            source,
        })?;
        Profile::from_bytes(&bytes).map_err(|source| FileError::Format {
            path: path.to_owned(),
            source,
        })
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn compress(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    // Bit rot in a stored profile must not pass as a figure.
    compressor.include_checksum(true)?;
    compressor.compress(plain)
}

/// Decompresses to exactly `length` bytes; a frame that holds more is stopped there.
fn decompress(frame: &[u8], length: u64) -> Result<Vec<u8>, FormatError> {
    let corrupt = |what: String| FormatError::Corrupt { what };
    // Below the limit, which was checked: it fits.
    let plain = zstd::bulk::decompress(frame, length as usize)
        .map_err(|error| corrupt(error.to_string()))?;
    match plain.len() as u64 == length {
        true => Ok(plain),
        false => Err(corrupt(
            "its length is not the one its head names".to_owned(),
        )),
    }
}

/// Reads a file, but never more than the largest profile can take compressed.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // Something incompressible grows a little in a zstd frame.
    let limit = MAX_DECOMPRESSED + (MAX_DECOMPRESSED >> 6);
    let mut bytes = Vec::with_capacity(file.metadata()?.len().min(limit) as usize);
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
