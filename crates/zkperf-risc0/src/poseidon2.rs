//! The machine's POSEIDON2 (execute/poseidon2.rs of risc0-circuit-rv32im 4.0.5): a sponge over BabyBear
//! with 24 cells. Addresses are word addresses here, and the zero page is not special.

use crate::machine::{Machine, Stop};
use crate::poseidon2_tables::{DIAGONAL, FULL, PARTIAL};
use crate::rules::DIGEST_WORDS;

const A0: usize = 10;
const CELLS: usize = 24;
/// The BabyBear prime.
const P: u64 = 15 * (1 << 27) + 1;
/// Each word is a field element; otherwise each word is two of 16 bits (`PFLAG_IS_ELEM`).
const WORDS_ARE_ELEMENTS: u32 = 0x8000_0000;
/// Compare with what stands at the output instead of storing (`PFLAG_CHECK_OUT`).
const CHECK_OUTPUT: u32 = 0x4000_0000;

type Cells = [u32; CELLS];

impl Machine<'_> {
    /// Absorbs blocks. Gives the rows: 3, two for a state, 10 or (elements) 11 a block.
    pub(crate) fn ecall_poseidon2(&mut self) -> Result<u64, Stop> {
        let [state, mut input, output, bits] =
            std::array::from_fn(|at| self.machine_register(A0 + at));
        let blocks = bits & 0xffff;
        let elements = bits & WORDS_ARE_ELEMENTS != 0;
        let mut cells: Cells = [0; CELLS];
        if state != 0 {
            self.load_cells(state, &mut cells[16..])?;
        }
        for _ in 0..blocks {
            if elements {
                input = self.load_cells(input, &mut cells[..16])?;
            } else {
                let mut words = [0; DIGEST_WORDS as usize];
                input = self.load_cells(input, &mut words)?;
                for (at, word) in words.into_iter().enumerate() {
                    cells[2 * at] = word & 0xffff;
                    cells[2 * at + 1] = word >> 16;
                }
            }
            permute(&mut cells);
        }
        self.put_out(output, &cells, bits & CHECK_OUTPUT != 0)?;
        if state != 0 {
            for (at, cell) in cells[16..].iter().enumerate() {
                self.store(state.wrapping_add(at as u32), *cell)?;
            }
        }
        Ok(3 + 2 * u64::from(state != 0) + u64::from(blocks) * (10 + u64::from(elements)))
    }

    /// Loads cells from consecutive words; gives the next word's address.
    fn load_cells(&mut self, start: u32, cells: &mut [u32]) -> Result<u32, Stop> {
        for (at, cell) in cells.iter_mut().enumerate() {
            *cell = self.load(start.wrapping_add(at as u32))?;
        }
        Ok(start.wrapping_add(cells.len() as u32))
    }

    fn put_out(&mut self, output: u32, cells: &Cells, check: bool) -> Result<(), Stop> {
        for (at, &cell) in cells[..DIGEST_WORDS as usize].iter().enumerate() {
            let word = output.wrapping_add(at as u32);
            if !check {
                self.store(word, cell)?;
            } else if self.load(word)? != cell {
                return Err(Stop::Fault(
                    "poseidon2: the output is not what was expected".into(),
                ));
            }
        }
        Ok(())
    }
}

/// The permutation: 4 full rounds, 21 partial ones, 4 full ones.
fn permute(cells: &mut Cells) {
    mix_all(cells);
    let (first, last) = FULL.split_at(4 * CELLS);
    full_rounds(cells, first);
    for constant in PARTIAL {
        cells[0] = power_of_seven(add(cells[0], constant));
        mix_inner(cells);
    }
    full_rounds(cells, last);
}

fn full_rounds(cells: &mut Cells, constants: &[u32]) {
    for round in constants.chunks_exact(CELLS) {
        for (cell, constant) in cells.iter_mut().zip(round) {
            *cell = power_of_seven(add(*cell, *constant));
        }
        mix_all(cells);
    }
}

fn add(a: u32, b: u32) -> u32 {
    ((u64::from(a) + u64::from(b)) % P) as u32
}

fn power_of_seven(cell: u32) -> u32 {
    let x = u64::from(cell);
    let x2 = x * x % P;
    let x4 = x2 * x2 % P;
    (x4 * x2 % P * x % P) as u32
}

/// The outer matrix: a circulant of 4 on each group, then the groups' sums on each (Poseidon2 paper,
/// appendix B). Cells may come in unreduced and leave reduced.
fn mix_all(cells: &mut Cells) {
    let mut sums = [0u64; 4];
    for group in cells.chunks_exact_mut(4) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| u64::from(group[at]) % P);
        let (ab, cd) = (a + b, c + d);
        let t2 = 2 * b + cd;
        let t3 = 2 * d + ab;
        let t4 = 4 * cd + t3;
        let t5 = 4 * ab + t2;
        for (at, mixed) in [t3 + t5, t5, t2 + t4, t4].into_iter().enumerate() {
            group[at] = (mixed % P) as u32;
            sums[at] += mixed % P;
        }
    }
    for (at, cell) in cells.iter_mut().enumerate() {
        *cell = ((u64::from(*cell) + sums[at % 4]) % P) as u32;
    }
}

fn mix_inner(cells: &mut Cells) {
    let sum = cells.iter().map(|cell| u64::from(*cell)).sum::<u64>() % P;
    for (cell, diagonal) in cells.iter_mut().zip(DIAGONAL) {
        *cell = ((sum + u64::from(diagonal) * u64::from(*cell)) % P) as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn official_test_vector() {
        // `poseidon2_test_vectors`, risc0-zkp 3.0.5, core/hash/poseidon2/mod.rs.
        let mut cells = std::array::from_fn(|at| at as u32);
        permute(&mut cells);
        assert_eq!(
            cells,
            [
                0x2ed3e23d, 0x12921fb0, 0x0e659e79, 0x61d81dc9, 0x32bae33b, 0x62486ae3, 0x1e681b60,
                0x24b91325, 0x2a2ef5b9, 0x50e8593e, 0x5bc818ec, 0x10691997, 0x35a14520, 0x2ba6a3c5,
                0x279d47ec, 0x55014e81, 0x5953a67f, 0x2f403111, 0x6b8828ff, 0x1801301f, 0x2749207a,
                0x3dc9cf21, 0x3c985ba2, 0x57a99864,
            ]
        );
    }
}
