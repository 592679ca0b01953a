//! Names that do not change from build to build.
//!
//! Thin LTO gives a local function or constant that another module needs the suffix `.llvm.` and a
//! hash of its module's intermediate code. That hash is not the same in every build: LLVM orders some
//! operands by where they lie in the compiler's memory (seen with LLVM 22.1: the operands of a PHI in
//! `malachite-base`), and the code made of either order is the same. So the same sources gave the same
//! code under two names, and an ELF with another hash.

use crate::error::BuildError;
use object::build::elf::Builder;
use std::path::Path;

/// What precedes the hash in a promoted local's name (`ModuleSummaryIndex::getGlobalNameForLocal`, LLVM).
const PROMOTED: &[u8] = b".llvm.";

/// The ELF with every promoted local's hash replaced by `0`; code, data, debug information and addresses stay as
/// they are.
///
/// # Errors
/// [`BuildError::File`] naming `path` if it is not an ELF that can be written again.
pub(crate) fn with_steady_names(path: &Path, elf: &[u8]) -> Result<Vec<u8>, BuildError> {
    rewritten(elf).map_err(|cause| BuildError::File {
        path: path.into(),
        cause: std::io::Error::other(cause),
    })
}

fn rewritten(elf: &[u8]) -> Result<Vec<u8>, object::build::Error> {
    let mut builder = Builder::read(elf)?;
    for symbol in &mut builder.symbols {
        if let Some(name) = steady(&symbol.name) {
            symbol.name = name.into();
        }
    }
    let mut out = Vec::with_capacity(elf.len());
    builder.write(&mut out)?;
    Ok(out)
}

/// The name with its hash replaced; `None` if it has none.
fn steady(name: &[u8]) -> Option<Vec<u8>> {
    let at = name
        .windows(PROMOTED.len())
        .rposition(|window| window == PROMOTED)?;
    let (kept, hash) = name.split_at(at + PROMOTED.len());
    let is_hash = !hash.is_empty() && hash.iter().all(u8::is_ascii_digit);
    is_hash.then(|| [kept, b"0"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol};

    fn fixture(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/guests");
        let file = std::fs::File::open(format!("{folder}/{name}.elf.zst")).expect("a fixture");
        zstd::decode_all(file).expect("unpacks")
    }

    #[test]
    fn only_a_trailing_hash_is_replaced() {
        assert_eq!(steady(b"f.llvm.123").unwrap(), b"f.llvm.0");
        assert_eq!(steady(b"a.llvm.1.b.llvm.22").unwrap(), b"a.llvm.1.b.llvm.0");
        for name in ["f", "f.llvm.", "f.llvm.x1", "f.llvm.12.cold"] {
            assert_eq!(steady(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn everything_but_the_names_stays() {
        for guest in ["hello-zisk-plain", "hello-sp1-plain", "hello-risc0-plain"] {
            let before = fixture(guest);
            let after = rewritten(&before).expect("rewrites");
            assert_eq!(
                rewritten(&after).expect("rewrites"),
                after,
                "{guest}: twice is once"
            );
            let [old, new] =
                [&before, &after].map(|elf| object::File::parse(&**elf).expect("an ELF"));
            assert_eq!(old.entry(), new.entry());
            let segments = |file: &object::File| -> Vec<(u64, u64, Vec<u8>)> {
                let of = |s: object::Segment| {
                    let mut data = s.data().unwrap().to_vec();
                    // SP1's guests load their ELF header too; it says where the section headers are
                    if data.starts_with(b"\x7fELF") {
                        data[0x20..0x30].fill(0);
                    }
                    (s.address(), s.size(), data)
                };
                file.segments().map(of).collect()
            };
            assert_eq!(segments(&old), segments(&new), "{guest}");
            let debug = |file: &object::File| -> Vec<(String, Vec<u8>)> {
                let sections = file
                    .sections()
                    .filter(|s| s.name().unwrap().starts_with(".debug"));
                sections
                    .map(|s| (s.name().unwrap().into(), s.data().unwrap().to_vec()))
                    .collect()
            };
            assert_eq!(debug(&old), debug(&new), "{guest}");
            let symbols = |file: &object::File| -> Vec<(Vec<u8>, u64, u64)> {
                let name = |name: &[u8]| steady(name).unwrap_or_else(|| name.to_vec());
                let of = |s: object::Symbol| (name(s.name_bytes().unwrap()), s.address(), s.size());
                file.symbols().map(of).collect()
            };
            assert_eq!(symbols(&old), symbols(&new), "{guest}");
            assert!(!symbols(&old).is_empty());
        }
    }
}
