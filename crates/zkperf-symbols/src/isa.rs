//! The instruction set that a guest was compiled for, as its ELF says it.

use object::elf::SHT_RISCV_ATTRIBUTES;
use object::read::elf::{ElfFile, FileHeader, SectionHeader};
use object::{Endianness, File};

use crate::elf::open;
use crate::error::SymbolError;

/// `Tag_RISCV_arch` of the RISC-V ELF specification ("Attributes"): a text.
const ARCHITECTURE: u64 = 5;

/// The extensions of RISC-V that code in this ELF was compiled for, in its own order, the base first: `rv64i`, `m`,
/// `zba`. Linkers write down every extension that any part of the program was compiled for. `None` if it does not say.
///
/// # Errors
/// [`SymbolError`] if the bytes are no linked RISC-V ELF.
pub fn extensions(elf: &[u8]) -> Result<Option<Vec<String>>, SymbolError> {
    let said = match open(elf)? {
        File::Elf32(file) => architecture(&file),
        File::Elf64(file) => architecture(&file),
        _ => return Err(SymbolError::NotElf),
    };
    // Nothing is decided by this section: one that is damaged says nothing.
    let said = said.unwrap_or_default();
    Ok(said.map(|text| text.split('_').map(without_version).collect()))
}

fn architecture<Elf: FileHeader<Endian = Endianness>>(
    file: &ElfFile<'_, Elf>,
) -> object::Result<Option<String>> {
    let (endian, data) = (file.endian(), file.data());
    for section in file.elf_section_table().iter() {
        if section.sh_type(endian) != SHT_RISCV_ATTRIBUTES {
            continue;
        }
        let mut vendors = section.attributes(endian, data)?.subsections()?;
        while let Some(vendor) = vendors.next()? {
            if vendor.vendor() != b"riscv" {
                continue;
            }
            let mut parts = vendor.subsubsections();
            while let Some(part) = parts.next()? {
                let mut attributes = part.attributes();
                while let Some(tag) = attributes.read_tag()? {
                    match tag {
                        ARCHITECTURE => {
                            let text = attributes.read_string()?;
                            return Ok(Some(String::from_utf8_lossy(text).into_owned()));
                        }
                        // An attribute's kind can be told by its tag, so that unknown ones can be skipped.
                        tag if tag % 2 == 1 => attributes.read_string().map(|_| ())?,
                        _ => attributes.read_integer().map(|_| ())?,
                    }
                }
            }
        }
    }
    Ok(None)
}

/// `m` of `m2p0`: versions are numbers on both sides of a `p`.
fn without_version(extension: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let version = extension
        .trim_end_matches(is_digit)
        .strip_suffix('p')
        .filter(|rest| rest.ends_with(is_digit));
    version
        .map_or(extension, |rest| rest.trim_end_matches(is_digit))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_left_out() {
        for (written, name) in [
            ("rv64i2p1", "rv64i"),
            ("m2p0", "m"),
            ("zmmul1p0", "zmmul"),
            ("zve32x1p0", "zve32x"),
            ("zba", "zba"),
            ("p", "p"),
            ("", ""),
        ] {
            assert_eq!(without_version(written), name);
        }
    }

    /// `readelf -A` of binutils 2.40 says of these: rv64i2p1_m2p0_a2p1_zmmul1p0_zaamo1p0_zalrsc1p0 and
    /// rv64i2p1_m2p0_zmmul1p0.
    #[test]
    fn guests_say_what_they_were_compiled_for() {
        let elf = |zkvm: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/guests");
            let packed = std::fs::read(format!("{folder}/hello-{zkvm}-plain.elf.zst")).unwrap();
            zstd::decode_all(&packed[..]).unwrap()
        };
        let said = |zkvm: &str| extensions(&elf(zkvm)).unwrap().unwrap().join(" ");
        assert_eq!(said("zisk"), "rv64i m a zmmul zaamo zalrsc");
        assert_eq!(said("sp1"), "rv64i m zmmul");
        // Damaged anywhere in its section, it is not said, or said all the same.
        let mut bytes = elf("sp1");
        let text = b"rv64i2p1";
        let at = bytes.windows(text.len()).position(|bytes| bytes == text);
        let at = at.expect("it stands there as text");
        for at in at - 32..at + 64 {
            bytes[at] ^= 0xff;
            extensions(&bytes).expect("it is an ELF all the same");
            bytes[at] ^= 0xff;
        }
        assert!(extensions(b"no ELF").is_err());
    }
}
