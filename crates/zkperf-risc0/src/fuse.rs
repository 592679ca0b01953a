//! Pairs of instructions that the step loop dispatches once, where it has no machine code for them.

use crate::decode::Kind;

/// Calls a macro with the kinds that can be first of a pair and those that can be second, numbered.
macro_rules! with_pairs {
    ($macro:ident, $($before:tt)*) => {
        $macro!(
            $($before)*,
            [
                (0 Add) (1 Sub) (2 Xor) (3 Or) (4 And) (5 Addi) (6 Slli) (7 Srli) (8 Lw) (9 Sw)
                (10 Sltu) (11 Mul) (12 Mulhu) (13 Lui) (14 Andi) (15 Lbu) (16 Xori)
            ],
            [
                (0 Add) (1 Sub) (2 Xor) (3 Or) (4 And) (5 Addi) (6 Slli) (7 Srli) (8 Lw) (9 Sw)
                (10 Sltu) (11 Mul) (12 Mulhu) (13 Lui) (14 Andi) (15 Lbu) (16 Xori)
                (17 Beq) (18 Bne) (19 Bltu) (20 Bgeu)
            ],
            {}
        )
    };
}
pub(crate) use with_pairs;

/// Codes below are kinds.
const FIRST_PAIR: u16 = Kind::Careful as u16 + 1;
/// Kinds that can be first: those that neither branch nor jump.
const FIRSTS: u16 = 17;
/// Kinds that can be second.
const SECONDS: u16 = 21;

/// A pair by the numbers of its kinds.
pub(crate) struct Pair<const FIRST: u16, const SECOND: u16>;

impl<const FIRST: u16, const SECOND: u16> Pair<FIRST, SECOND> {
    /// What the step loop dispatches on.
    pub(crate) const CODE: u16 = FIRST_PAIR + FIRST * SECONDS + SECOND;
}

/// What the step loop dispatches on where translated code can be entered.
pub(crate) const NATIVE: u16 = FIRST_PAIR + FIRSTS * SECONDS;

/// What the step loop dispatches on at an instruction that is followed by another one.
pub(crate) fn code(kind: Kind, next: Kind) -> u16 {
    match (number(kind), number(next)) {
        (Some(first), Some(second)) if first < FIRSTS => FIRST_PAIR + first * SECONDS + second,
        _ => kind as u16,
    }
}

/// Number of a kind in the lists.
fn number(kind: Kind) -> Option<u16> {
    macro_rules! find {
        (wanted, $firsts:tt, [$(($number:literal $kind:ident))*], {}) => {
            match kind {
                $(Kind::$kind => Some($number),)*
                _ => None,
            }
        };
    }
    with_pairs!(find, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_what_the_step_loop_matches() {
        assert_eq!(code(Kind::Lw, Kind::Bne), Pair::<8, 18>::CODE);
        assert_eq!(code(Kind::Lbu, Kind::Lbu), Pair::<15, 15>::CODE);
        assert_eq!(code(Kind::Bne, Kind::Lw), Kind::Bne as u16);
        assert_eq!(code(Kind::Add, Kind::Jal), Kind::Add as u16);
        assert_eq!(code(Kind::Add, Kind::PageEnd), Kind::Add as u16);
    }
}
