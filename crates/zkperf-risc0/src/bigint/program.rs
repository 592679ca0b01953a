//! The machine's BIGINT programs: "bibc", version 1 (execute/bibc.rs of risc0-circuit-rv32im 4.0.5).

use super::integer::Integer;

/// Bytes of the circuit's integers: operands are addressed and stored in chunks of these.
pub(super) const CHUNK_BYTES: u64 = 16;
/// Longest operand that is loaded, in bytes. The official executor has no limit but memory.
const LONGEST_OPERAND: u64 = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Const,
    Load,
    Store,
    Add,
    Sub,
    Mul,
    Rem,
    Quo,
    Inv,
}

/// One operation; its result has the number of the operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct BigIntOp {
    pub(super) code: Code,
    result_type: u32,
    pub(super) a: u32,
    pub(super) b: u32,
}

/// A program.
#[derive(Debug)]
pub(super) struct BigIntProgram {
    /// Coefficients of each type: its size in bytes.
    type_bytes: Vec<u64>,
    constants: Vec<u64>,
    pub(super) ops: Vec<BigIntOp>,
}

impl BigIntProgram {
    pub(super) fn parse(words: &[u32]) -> Result<Self, String> {
        let mut rest = words;
        let header = take(&mut rest, 6)?;
        if header[0].to_le_bytes() != *b"bibc" || header[1] != 1 {
            return Err("the program is not of the form \"bibc\", version 1".into());
        }
        let [inputs, types, constants, ops] = [header[2], header[3], header[4], header[5]];
        // Two 64-bit fields for an input, four for a type, one for a constant and for an operation.
        take(&mut rest, u64::from(inputs) * 4)?;
        let types = take(&mut rest, u64::from(types) * 8)?;
        let constants = take(&mut rest, u64::from(constants) * 2)?;
        let ops = take(&mut rest, u64::from(ops) * 2)?;
        Ok(Self {
            type_bytes: types.chunks_exact(8).map(long).collect(),
            constants: constants.chunks_exact(2).map(long).collect(),
            ops: ops
                .chunks_exact(2)
                .map(|words| BigIntOp::parse(long(words)))
                .collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn operand_bytes(&self, op: &BigIntOp) -> Result<u64, String> {
        let bytes = self
            .type_bytes
            .get(op.result_type as usize)
            .ok_or("unknown type")?;
        let padded = bytes.checked_next_multiple_of(CHUNK_BYTES);
        let fits = padded.filter(|bytes| *bytes <= LONGEST_OPERAND);
        fits.ok_or_else(|| format!("an operand of {bytes} bytes is too long"))
    }

    pub(super) fn constant(&self, op: &BigIntOp) -> Result<Integer, String> {
        let (start, count) = (op.a as usize, op.b as usize);
        let words = self
            .constants
            .get(start..start + count)
            .ok_or("unknown constant")?;
        Ok(Integer::from_long_words(words))
    }
}

impl BigIntOp {
    fn parse(bits: u64) -> Result<Self, String> {
        let code = match bits & 0xf {
            0x2 => Code::Const,
            0x3 => Code::Load,
            0x4 => Code::Store,
            0x8 => Code::Add,
            0x9 => Code::Sub,
            0xa => Code::Mul,
            0xb => Code::Rem,
            0xc => Code::Quo,
            0xe => Code::Inv,
            other => return Err(format!("unknown operation {other}")),
        };
        Ok(Self {
            code,
            result_type: (bits >> 4 & 0xfff) as u32,
            a: (bits >> 16 & 0xff_ffff) as u32,
            b: (bits >> 40 & 0xff_ffff) as u32,
        })
    }
}

fn take<'a>(rest: &mut &'a [u32], words: u64) -> Result<&'a [u32], String> {
    let count = usize::try_from(words)
        .ok()
        .filter(|count| *count <= rest.len());
    let (part, tail) = rest.split_at(count.ok_or("the program ends early")?);
    *rest = tail;
    Ok(part)
}

/// The first two words of a slice, as one value.
fn long(words: &[u32]) -> u64 {
    u64::from(words[0]) | u64::from(words[1]) << 32
}
