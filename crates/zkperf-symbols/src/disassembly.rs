//! Instructions of an ELF as text.
//!
//! The text is GNU objdump's (registers by their ABI names, aliases such as `li`, compressed instructions as what they
//! stand for), of RV32GC or RV64GC. Words that those do not know are shown as data: nothing is guessed.

use disc_v::Decoder;

use crate::elf::executable_parts;
use crate::error::SymbolError;

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// How long it is: 2 or 4.
    pub bytes: u8,
    /// The instruction as it stands in memory, in the low `bytes` bytes.
    pub word: u32,
    /// `addi sp,sp,-16`; `.word 0x…` and `.half 0x…` for what is no instruction.
    pub text: String,
    /// Where a branch or jump goes, if the instruction itself says so.
    pub target: Option<u64>,
}

/// The code of a linked RISC-V ELF, to be read at any address.
#[derive(Debug, Clone)]
pub struct Disassembly<'e> {
    decoder: Decoder,
    is_64: bool,
    /// First address and bytes of each part, sorted.
    parts: Vec<(u64, &'e [u8])>,
}

impl<'e> Disassembly<'e> {
    /// The executable parts of an ELF.
    ///
    /// # Errors
    /// [`SymbolError`] if the bytes are no linked RISC-V ELF.
    pub fn of_elf(bytes: &'e [u8]) -> Result<Self, SymbolError> {
        let (is_64, parts) = executable_parts(bytes)?;
        let decoder = match is_64 {
            true => Decoder::RV64GC,
            false => Decoder::RV32GC,
        };
        Ok(Disassembly {
            decoder,
            is_64,
            parts,
        })
    }

    /// The instruction at an address; nothing where the ELF has no code, or half an instruction.
    pub fn at(&self, address: u64) -> Option<Instruction> {
        let after = self.parts.partition_point(|part| part.0 <= address);
        let &(start, data) = self.parts[..after].last()?;
        let rest = data.get(usize::try_from(address - start).ok()?..)?;
        let low = u16::from_le_bytes(*rest.first_chunk()?);
        // The lowest bits say how long it is; longer ones than these two have never been in any guest, and are data.
        if low & 3 != 3 {
            return Some(self.decode(address, u32::from(low), 2));
        }
        if low & 0x1c == 0x1c {
            return Some(data_word(u32::from(low), 2));
        }
        let word = u32::from_le_bytes(*rest.first_chunk()?);
        Some(self.decode(address, word, 4))
    }

    fn decode(&self, address: u64, word: u32, bytes: u8) -> Instruction {
        let decoded = self.decoder.decode(address, u64::from(word));
        if decoded.mnemonic().starts_with('.') {
            return data_word(word, bytes);
        }
        let text = decoded.to_string();
        let target = goes_somewhere(word, bytes, self.is_64)
            .then(|| target_of(&text))
            .flatten();
        Instruction {
            bytes,
            word,
            text,
            target,
        }
    }
}

fn data_word(word: u32, bytes: u8) -> Instruction {
    Instruction {
        bytes,
        word,
        text: match bytes {
            2 => format!(".half 0x{word:04x}"),
            _ => format!(".word 0x{word:08x}"),
        },
        target: None,
    }
}

/// Whether a valid instruction is a branch or a direct jump (ISA manual, opcode maps of the base and of "C").
fn goes_somewhere(word: u32, bytes: u8, is_64: bool) -> bool {
    if bytes == 4 {
        return matches!(word & 0x7f, 0x63 | 0x6f);
    }
    match (word & 3, word >> 13) {
        // c.j, c.beqz, c.bnez
        (1, 5..=7) => true,
        // c.jal, which is c.addiw in 64 bits
        (1, 1) => !is_64,
        _ => false,
    }
}

/// The target is the last operand of all of them.
fn target_of(text: &str) -> Option<u64> {
    let last = text.rsplit([',', ' ']).next()?;
    u64::from_str_radix(last.strip_prefix("0x")?, 16).ok()
}
