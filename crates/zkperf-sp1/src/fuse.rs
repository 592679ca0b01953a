//! Sequences of instructions that the step loop dispatches once.
//!
//! Which ones: those that run often in guests that hash and compute on wide integers (the reference
//! guest on a mainnet block, and its precompile-free build above all). A sequence has a code of its
//! own at its first instruction only; the others keep theirs, so that a jump can go to each of them.

use crate::decode::Decoded;
use crate::op::{code, Code, Op};

/// Calls a macro with the codes that can be first of a pair and those that can be second, and with
/// longer sequences, all numbered.
macro_rules! with_sequences {
    ($macro:ident, $($before:tt)*) => {
        $macro! {
            $($before)*
            [
                (0 Add) (1 Addi) (2 Xor) (3 Or) (4 And) (5 Ld) (6 Sd) (7 Slli) (8 Srli) (9 Lbu)
                (10 Sb) (11 Xori) (12 Andi) (13 Mul) (14 Mulhu) (15 Sltu) (16 Sub)
            ],
            [
                (0 Add) (1 Addi) (2 Xor) (3 Or) (4 And) (5 Ld) (6 Sd) (7 Slli) (8 Srli) (9 Lbu)
                (10 Sb) (11 Xori) (12 Andi) (13 Mul) (14 Mulhu) (15 Sltu) (16 Sub)
                (17 Beq) (18 Bne) (19 Bltu) (20 Bgeu)
            ],
            [
                (0 Srli Slli Or) (1 Slli Srli Or) (2 Xor Xor Xor) (3 Xori And Xor) (4 Sd Sd Sd)
                (5 Ld Ld Ld) (6 Lbu Lbu Lbu) (7 Add Sltu Add) (8 Ld Xor Xor) (9 Xor Ld Xor)
                (10 Xor Xor Ld) (11 And Xor Sd) (12 Addi Addi Bne) (13 Sd Xori And)
                (14 Xor Xori And) (15 Sb Addi Addi) (16 Addi Addi Addi) (17 Mul Add Sltu)
                (18 Addi Ld Xor) (19 Lbu Xor Sb) (20 Ld Xor Ld) (21 Sb Sb Sb) (22 Mulhu Add Mul)
                (23 Xor Sd Xori) (24 Slli Or Slli) (25 Lbu Slli Or) (26 Add Add Sltu)
                (27 Sltu Add Add) (28 Slli Slli Or) (29 Slli Or Xor)
                (30 Xori And Xor Sd) (31 Sd Sd Sd Sd) (32 Ld Ld Ld Ld) (33 Xor Xor Xor Xor)
                (34 Lbu Lbu Xor Sb) (35 Lbu Lbu Xor Sb Addi Addi Bne)
                (36 Lbu Lbu Lbu Lbu Slli Or Slli Slli) (37 Srli Slli Or Srli Slli Or)
                (38 Srli Slli Or Ld Srli Slli Or) (39 Xor Xor Srli Slli Or Xor Xor)
                (40 Srli Slli Or Xor Xor Xor) (41 Xori And Xori And Xor Xor)
                (42 Xori And Xori And Xor Sd) (43 Xor Xori And Xor Sd Xori)
                (44 Sd Sd Sd Sd Sd Sd) (45 Ld Ld Ld Ld Ld Ld)
            ]
        }
    };
}
pub(crate) use with_sequences;

/// Codes below are instructions.
const FIRST_PAIR: u16 = code::Boundary + 1;
/// Codes that can be first of a pair: those that neither branch nor jump.
const FIRSTS: u16 = 17;
/// Codes that can be second.
const SECONDS: u16 = 21;
/// Codes from here on are longer sequences.
const FIRST_LONGER: u16 = FIRST_PAIR + FIRSTS * SECONDS;
/// Instructions of the longest sequence.
const MOST_PARTS: usize = 8;

/// A pair by the numbers of its codes.
pub(crate) struct Pair<const FIRST: u16, const SECOND: u16>;

impl<const FIRST: u16, const SECOND: u16> Pair<FIRST, SECOND> {
    /// What the step loop dispatches on.
    pub(crate) const CODE: u16 = FIRST_PAIR + FIRST * SECONDS + SECOND;
}

/// A longer sequence by its number.
pub(crate) struct Longer<const NUMBER: u16>;

impl<const NUMBER: u16> Longer<NUMBER> {
    /// What the step loop dispatches on.
    pub(crate) const CODE: u16 = FIRST_LONGER + NUMBER;
}

macro_rules! tables {
    (
        $firsts:tt, [$(($second:literal $code:ident))*],
        [$(($number:literal $($part:ident)*))*]
    ) => {
        /// Number of a code among those that can be second of a pair; the first of them can be first.
        fn number(code: Code) -> Option<u16> {
            match code {
                $(Code::$code => Some($second),)*
                _ => None,
            }
        }

        /// The longer sequences, by number.
        const LONGER: &[&[Code]] = &[$(&[$(Code::$part),*]),*];
    };
}
with_sequences!(tables,);

/// What the step loop dispatches on at each instruction: of the ways through the code from there on,
/// the first step of one with the fewest dispatches. No function begins inside a sequence.
pub(crate) fn fuse(codes: &[Code], boundary: &[bool]) -> Vec<u16> {
    let mut dispatches = vec![0u32; codes.len() + MOST_PARTS];
    let mut fused = vec![0; codes.len()];
    let longer = longer_by_first();
    let mut following = None;
    for at in (0..codes.len()).rev() {
        let inside = |parts: usize| (at + 1..at + parts).all(|at| !boundary[at]);
        // Of two as good, the one that goes further at once.
        let mut best = (1, codes[at] as u16);
        let mut consider = |parts: usize, code: u16| {
            let (now, left) = (dispatches[at + best.0], dispatches[at + parts]);
            if (left < now || (left == now && parts > best.0)) && inside(parts) {
                best = (parts, code);
            }
        };
        let number = number(codes[at]);
        if let (Some(first), Some(second)) = (number.filter(|first| *first < FIRSTS), following) {
            consider(2, FIRST_PAIR + first * SECONDS + second);
            for longer in &longer[codes[at] as usize] {
                if codes[at..].starts_with(LONGER[*longer]) {
                    consider(LONGER[*longer].len(), FIRST_LONGER + *longer as u16);
                }
            }
        }
        following = number;
        fused[at] = best.1;
        let goes_on = !matches!(codes[at], Code::Jal | Code::Jalr);
        dispatches[at] = 1 + if goes_on { dispatches[at + best.0] } else { 0 };
    }
    fused
}

/// Numbers of the longer sequences that begin with each code.
fn longer_by_first() -> Vec<Vec<usize>> {
    let mut by_first = vec![Vec::new(); usize::from(FIRST_PAIR)];
    for (number, sequence) in LONGER.iter().enumerate() {
        by_first[sequence[0] as usize].push(number);
    }
    by_first
}

/// Instructions that a code stands for.
fn parts(code: u16) -> usize {
    match code {
        FIRST_LONGER.. => LONGER[usize::from(code - FIRST_LONGER)].len(),
        FIRST_PAIR.. => 2,
        _ => 1,
    }
}

/// Gives an instruction that runs for the first time in a chunk its code, and every sequence around
/// it that has thereby run in full.
pub(crate) fn unlock(ops: &mut [Op], program: &Decoded, at: usize) {
    let begins = |at: usize| program.boundary.get(at) == Some(&true);
    ops[at].code = program.codes[at] as u16;
    for first in at.saturating_sub(MOST_PARTS - 1)..=at {
        let fused = program.ops[first].code;
        let mut sequence = ops[first..first + parts(fused)].iter();
        if begins(first) {
            if first == at {
                ops[at].code = code::Boundary;
            }
        } else if sequence.all(|op| op.code != code::FirstVisit) {
            ops[first].code = fused;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Code::{Add, Addi, Bne, Jal, Lb, Ld, Or, Slli, Srli, Xor};

    fn fused(codes: &[Code]) -> Vec<u16> {
        fuse(codes, &vec![false; codes.len()])
    }

    #[test]
    fn codes_are_what_the_step_loop_matches() {
        assert_eq!(fused(&[Ld, Bne])[0], Pair::<5, 18>::CODE);
        assert_eq!(fused(&[Srli, Slli, Or])[0], Longer::<0>::CODE);
        assert_eq!(fused(&[Bne, Ld])[0], code::Bne);
        assert_eq!(fused(&[Add, Jal])[0], code::Add);
        assert_eq!(fused(&[Add, Lb])[0], code::Add);
    }

    #[test]
    fn numbers_count_up() {
        assert_eq!(number(Bne), Some(18));
        assert_eq!(
            LONGER.iter().map(|sequence| sequence.len()).max(),
            Some(MOST_PARTS)
        );
        for (number, sequence) in LONGER.iter().enumerate() {
            assert!(sequence.len() > 2);
            assert_eq!(parts(FIRST_LONGER + number as u16), sequence.len());
            let only = fused(sequence)[0];
            assert!(parts(only) == sequence.len(), "{sequence:?}");
        }
    }

    #[test]
    fn the_way_with_the_fewest_dispatches_is_taken() {
        let codes = fused(&[Addi, Srli, Slli, Or, Jal]);
        // Two pairs, which go further at once than one instruction and the three others.
        assert_eq!(codes[0], Pair::<1, 8>::CODE);
        assert_eq!(codes[1], Longer::<0>::CODE);
        // Whoever jumps into the middle finds another way.
        assert_eq!(codes[2], Pair::<7, 3>::CODE);
    }

    #[test]
    fn no_function_begins_inside() {
        let codes = fuse(&[Xor, Xor, Xor, Jal], &[false, false, true, false]);
        assert_eq!(codes[0], Pair::<2, 2>::CODE);
        assert_eq!(codes[1], code::Xor);
    }
}
