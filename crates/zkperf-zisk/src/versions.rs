//! The versions of ZisK that are known, compiled in or not, and how their guests are told apart.

use zkperf_exec::{check_elf, Recognized};

/// A version and where its memory map has the program.
pub(crate) struct Known {
    pub(crate) version: &'static str,
    /// As `--zkvm` takes it.
    pub(crate) name: &'static str,
    /// Where guests for it are linked (`ROM_ADDR` and `ROM_SIZE` of `zisk-core/src/mem.rs`).
    pub(crate) program: std::ops::Range<u64>,
}

/// Newest first.
pub(crate) const KNOWN: &[Known] = &[
    Known {
        version: "1.4.0-alpha",
        name: "zisk@1.4.0-alpha",
        program: 0x9000_0000..0x9800_0000,
    },
    Known {
        version: "1.1.0-alpha",
        name: "zisk@1.1.0-alpha",
        program: 0x8000_0000..0x8800_0000,
    },
];

/// The version whose program region holds this entry point.
pub(crate) fn of_entry(entry: u64) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.program.contains(&entry))
}

/// What an ELF is recognized as, by its class and entry point.
pub(crate) fn recognize(elf: &[u8]) -> Option<Recognized> {
    let head = check_elf(elf, crate::official::ZKVM).ok()?;
    let known = of_entry(head.entry).filter(|_| head.is_64)?;
    Some(Recognized {
        version: known.version,
        reason: format!(
            "a 64-bit RISC-V ELF whose entry point 0x{:x} lies where ZisK {} has its program",
            head.entry, known.version
        ),
    })
}
