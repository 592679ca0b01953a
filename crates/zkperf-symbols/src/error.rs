//! Why bytes give no symbols.

/// What is wrong with an ELF file. The caller knows the file's name and adds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SymbolError {
    /// The bytes do not start like an ELF file.
    #[error("not an ELF file; name the guest's ELF, as the zkVM's build leaves it")]
    NotElf,
    /// An ELF file whose tables point outside of it or make no sense.
    #[error("a truncated or damaged ELF file ({what}); build or copy it again")]
    Damaged {
        /// What the reader stumbled on.
        what: String,
    },
    /// An ELF file for another processor.
    #[error("an ELF file for {found}, not for RISC-V; name the guest's ELF, not a host program's")]
    NotRiscV {
        /// The processor it is for.
        found: String,
    },
    /// An object file that was not linked yet.
    #[error("an object file that was not linked; name the ELF that the linker wrote")]
    NotLinked,
}
