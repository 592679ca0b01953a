//! Checked inputs on disk, found by content and by (chain, block, witness schema).
//!
//! ```text
//! objects/<2 hex>/<sha-256>                  content: inputs without framing, recordings (zstd)
//! index/<chain id>/<block>/<schema>.json     IndexEntry: which object, what is in it
//! index/<chain id>/<block>/recorded.json     which object is the recording
//! files/<format>/ethrex_…_input.bin          framed files, where the caller names no folder; their names hold the
//!                                            commit, and equal files are one, with several names (hard links)
//! calls/<hash>.json                          which chain a URL was on, for a block it gave
//! ```
//!
//! Objects are written before the index that names them, each atomically, so a reader finds whole inputs or none.
//! The recording stays beside the input: a later version with another witness schema converts it again, of a block
//! that the node may have pruned long ago.

use crate::atomic;
use crate::check::Checked;
use crate::endpoint::Endpoint;
use crate::error::BlockError;
use crate::inspect::inspect_bytes;
use crate::recorded::Recorded;
use etcetera::BaseStrategy;
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use zkperf_guest_core::WITNESS_SCHEMA;

/// Version of the index files' form.
const VERSION: u32 = 1;

/// A folder of checked inputs. Several processes may use one at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Store {
    root: PathBuf,
}

/// What the index knows about a stored input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// Version of this form.
    pub version: u32,
    /// The chain's id.
    pub chain_id: u64,
    /// The block's number.
    pub block: u64,
    /// The block's hash, lower-case hex.
    pub block_hash: String,
    /// Witness schema of the input.
    pub schema: String,
    /// SHA-256 of the input without framing, lower-case hex: the object's name.
    pub object: String,
    /// Size of the input without framing, in bytes.
    pub bytes: u64,
    /// Transactions in the block.
    pub transactions: u64,
    /// Gas the block used.
    pub gas_used: u64,
}

#[derive(Serialize, Deserialize)]
struct RecordedEntry {
    version: u32,
    object: String,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct CallEntry {
    version: u32,
    chain_id: u64,
}

impl Store {
    /// The store in folder `root`, which is made when something is stored.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The user's store: `$ZKPERF_HOME/inputs`, else `zkperf/inputs` in the platform's data folder
    /// (`$XDG_DATA_HOME` or `~/.local/share` on Linux).
    ///
    /// # Errors
    /// [`BlockError::NoHome`] if neither is known.
    pub fn default_place() -> Result<Self, BlockError> {
        if let Some(home) = std::env::var_os("ZKPERF_HOME").filter(|home| !home.is_empty()) {
            return Ok(Self::at(Path::new(&home).join("inputs")));
        }
        let dirs = etcetera::choose_base_strategy().map_err(|_| BlockError::NoHome)?;
        Ok(Self::at(dirs.data_dir().join("zkperf").join("inputs")))
    }

    /// The store's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Finds out whether something can be stored; leaves nothing behind.
    ///
    /// # Errors
    /// [`BlockError::File`] if not.
    pub(crate) fn probe(&self) -> Result<(), BlockError> {
        zkperf_files::probe_folder(&self.root)
            .map_err(|cause| BlockError::file("write to", &self.root, cause))
    }

    /// Where the object with SHA-256 `hash` is.
    pub fn object_path(&self, hash: &str) -> PathBuf {
        self.root
            .join("objects")
            .join(hash.get(..2).unwrap_or("xx"))
            .join(hash)
    }

    fn index_path(&self, chain_id: u64, block: u64, name: &str) -> PathBuf {
        self.root
            .join("index")
            .join(chain_id.to_string())
            .join(block.to_string())
            .join(format!("{name}.json"))
    }

    /// The input of a block under this version's witness schema, without framing, its content checked against its
    /// hash; `None` if it isn't stored.
    ///
    /// # Errors
    /// [`BlockError::Corrupt`] if index or content aren't what was written.
    pub fn input(
        &self,
        chain_id: u64,
        block: u64,
    ) -> Result<Option<(IndexEntry, Vec<u8>)>, BlockError> {
        let path = self.index_path(chain_id, block, &slug(WITNESS_SCHEMA));
        let Some(entry) = read_json::<IndexEntry>(&path)? else {
            return Ok(None);
        };
        let Some(bytes) = self.object(&path, &entry.object, entry.bytes)? else {
            return Ok(None);
        };
        // the right bytes under the wrong name would be the wrong block
        let wrong = |cause: String| BlockError::Corrupt {
            path: path.clone(),
            cause,
        };
        let info = inspect_bytes(&bytes, None).map_err(|cause| wrong(cause.to_string()))?;
        let same =
            info.chain_id == chain_id && info.block == block && info.block_hash == entry.block_hash;
        match same
            && entry.schema == WITNESS_SCHEMA
            && entry.chain_id == chain_id
            && entry.block == block
        {
            true => Ok(Some((entry, bytes))),
            false => Err(wrong(format!(
                "it leads to block {} of chain {}",
                info.block, info.chain_id
            ))),
        }
    }

    /// The recording of a block; `None` if it isn't stored.
    ///
    /// # Errors
    /// [`BlockError::Corrupt`] if index or content aren't what was written.
    pub fn recorded(&self, chain_id: u64, block: u64) -> Result<Option<Recorded>, BlockError> {
        let path = self.index_path(chain_id, block, "recorded");
        let Some(entry) = read_json::<RecordedEntry>(&path)? else {
            return Ok(None);
        };
        let Some(bytes) = self.object(&path, &entry.object, entry.bytes)? else {
            return Ok(None);
        };
        let wrong = |cause| BlockError::Corrupt {
            path: path.clone(),
            cause,
        };
        let recorded = Recorded::from_bytes(&bytes).map_err(wrong)?;
        match recorded.chain_id == chain_id && recorded.block_number == block {
            true => Ok(Some(recorded)),
            false => Err(wrong("it leads to another block".to_string())),
        }
    }

    /// Stores an input and the recording it was made of.
    pub(crate) fn put(
        &self,
        recorded: &Recorded,
        checked: &Checked,
    ) -> Result<IndexEntry, BlockError> {
        let (chain_id, block) = (recorded.chain_id, recorded.block_number);
        let packed = recorded.to_bytes().map_err(|cause| {
            BlockError::file(
                "write",
                self.index_path(chain_id, block, "recorded"),
                io::Error::other(cause),
            )
        })?;
        let entry = RecordedEntry {
            version: VERSION,
            object: self.put_object(&packed)?,
            bytes: packed.len() as u64,
        };
        self.write_json(&self.index_path(chain_id, block, "recorded"), &entry)?;

        let entry = IndexEntry {
            version: VERSION,
            chain_id,
            block,
            block_hash: hex::encode(checked.block_hash),
            schema: WITNESS_SCHEMA.to_string(),
            object: self.put_object(&checked.bytes)?,
            bytes: checked.bytes.len() as u64,
            transactions: checked.transactions,
            gas_used: checked.gas_used,
        };
        self.write_json(
            &self.index_path(chain_id, block, &slug(WITNESS_SCHEMA)),
            &entry,
        )?;
        Ok(entry)
    }

    /// Keeps an input that a guest's own command made: any bytes, by chain, block and the guest's name. Gives its
    /// SHA-256.
    ///
    /// # Errors
    /// [`BlockError::File`] if it cannot be written.
    pub fn put_own(
        &self,
        chain_id: u64,
        block: u64,
        guest: &str,
        bytes: &[u8],
    ) -> Result<String, BlockError> {
        let entry = RecordedEntry {
            version: VERSION,
            object: self.put_object(bytes)?,
            bytes: bytes.len() as u64,
        };
        self.write_json(&self.own_path(chain_id, block, guest), &entry)?;
        Ok(entry.object)
    }

    /// What [`Self::put_own`] kept last for that chain, block and guest; `None` if nothing.
    ///
    /// # Errors
    /// [`BlockError::Corrupt`] if it is not what was written.
    pub fn own(
        &self,
        chain_id: u64,
        block: u64,
        guest: &str,
    ) -> Result<Option<Vec<u8>>, BlockError> {
        let path = self.own_path(chain_id, block, guest);
        match read_json::<RecordedEntry>(&path)? {
            Some(entry) => self.object(&path, &entry.object, entry.bytes),
            None => Ok(None),
        }
    }

    /// Two names never share a file: what a slug loses, the hash keeps.
    fn own_path(&self, chain_id: u64, block: u64, guest: &str) -> PathBuf {
        let hash = sha256(guest.as_bytes());
        let name = format!("own-{}-{}", slug(guest), &hash[..8]);
        self.index_path(chain_id, block, &name)
    }

    fn put_object(&self, bytes: &[u8]) -> Result<String, BlockError> {
        let hash = sha256(bytes);
        let path = self.object_path(&hash);
        // a damaged one is replaced
        if !atomic::holds(&path, bytes) {
            atomic::write(&path, bytes)?;
        }
        Ok(hash)
    }

    /// Reads an object that the index file `from` names; `None` if it is gone.
    fn object(&self, from: &Path, hash: &str, size: u64) -> Result<Option<Vec<u8>>, BlockError> {
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let cause = "it names no object".to_string();
            return Err(BlockError::Corrupt {
                path: from.to_path_buf(),
                cause,
            });
        }
        let path = self.object_path(hash);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(BlockError::file("read", path, cause)),
        };
        if bytes.len() as u64 != size {
            let cause = format!("it has {} bytes, {size} were written", bytes.len());
            return Err(BlockError::Corrupt { path, cause });
        }
        match sha256(&bytes) == hash {
            true => Ok(Some(bytes)),
            false => Err(BlockError::Corrupt {
                path,
                cause: "its SHA-256 is not its name".to_string(),
            }),
        }
    }

    /// Notes that the node at `endpoint` is on chain `chain_id`, as it gave block `block`. Best effort: it only
    /// saves a later call from asking.
    pub(crate) fn remember(&self, endpoint: &Endpoint, block: u64, chain_id: u64) {
        let salt = self.root.join("calls").join("salt");
        if !salt.is_file() && atomic::write(&salt, &fresh_salt()).is_err() {
            return;
        }
        if let Some(path) = self.call_path(endpoint, block) {
            let _ = self.write_json(
                &path,
                &CallEntry {
                    version: VERSION,
                    chain_id,
                },
            );
        }
    }

    /// The chain that `endpoint` was on when it gave block `block`.
    pub(crate) fn recall(&self, endpoint: &Endpoint, block: u64) -> Option<u64> {
        read_json::<CallEntry>(&self.call_path(endpoint, block)?)
            .ok()?
            .map(|entry| entry.chain_id)
    }

    /// The URL may hold a key, so the name is a hash that can't be turned back: salted, and cut to 8 bytes.
    fn call_path(&self, endpoint: &Endpoint, block: u64) -> Option<PathBuf> {
        let salt = std::fs::read(self.root.join("calls").join("salt")).ok()?;
        let mut hash = Sha256::new();
        hash.update(salt);
        hash.update(block.to_le_bytes());
        hash.update(endpoint.url());
        Some(
            self.root
                .join("calls")
                .join(format!("{}.json", hex::encode(&hash.finalize()[..8]))),
        )
    }

    fn write_json(&self, path: &Path, value: &impl Serialize) -> Result<(), BlockError> {
        let mut json = serde_json::to_vec_pretty(value)
            .map_err(|cause| BlockError::file("write", path, io::Error::other(cause)))?;
        json.push(b'\n');
        match atomic::holds(path, &json) {
            true => Ok(()),
            false => atomic::write(path, &json),
        }
    }
}

/// 32 bytes that differ on every machine. The standard library seeds its hash maps from the system's random numbers.
fn fresh_salt() -> Vec<u8> {
    use std::hash::{BuildHasher, Hasher, RandomState};
    (0..4)
        .flat_map(|_| RandomState::new().build_hasher().finish().to_le_bytes())
        .collect()
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, BlockError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(BlockError::file("read", path, cause)),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|cause| BlockError::Corrupt {
            path: path.to_path_buf(),
            cause: cause.to_string(),
        })
}

/// A schema's name as a file name.
fn slug(schema: &str) -> String {
    schema
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || ".-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// SHA-256, lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_remembered_without_the_url() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let endpoint = Endpoint::parse("http://user:PASSWORD@host/KEY0123").unwrap();
        assert_eq!(store.recall(&endpoint, 5), None);
        store.remember(&endpoint, 5, 17);
        assert_eq!(store.recall(&endpoint, 5), Some(17));
        assert_eq!(store.recall(&endpoint, 6), None);
        assert_eq!(
            store.recall(&Endpoint::parse("http://host/other").unwrap(), 5),
            None
        );
    }

    #[test]
    fn inputs_of_any_guest_are_kept_apart() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        assert_eq!(store.own(1, 5, "mine/zisk").unwrap(), None);
        store.put_own(1, 5, "mine/zisk", b"first").unwrap();
        store.put_own(1, 5, "mine_zisk", b"other").unwrap();
        let hash = store.put_own(1, 5, "mine/zisk", b"second").unwrap();
        assert_eq!(hash, sha256(b"second"));
        assert_eq!(store.own(1, 5, "mine/zisk").unwrap().unwrap(), b"second");
        assert_eq!(store.own(1, 5, "mine_zisk").unwrap().unwrap(), b"other");
        assert_eq!(store.own(2, 5, "mine/zisk").unwrap(), None);
        std::fs::write(store.object_path(&hash), b"SECOND").unwrap();
        assert!(store.own(1, 5, "mine/zisk").is_err());
    }

    #[test]
    fn schemas_make_file_names() {
        assert_eq!(slug("zkperf/ethrex-31.0.0/1"), "zkperf_ethrex-31.0.0_1");
    }
}
