//! The permutation keccak-f\[1600\] (FIPS 202, 3.3).

const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Lanes in the order in which rho and pi move them, each with its rotation.
const MOVES: [(usize, u32); 24] = [
    (10, 1),
    (7, 3),
    (11, 6),
    (17, 10),
    (18, 15),
    (3, 21),
    (5, 28),
    (16, 36),
    (8, 45),
    (21, 55),
    (24, 2),
    (4, 14),
    (15, 27),
    (23, 41),
    (19, 56),
    (13, 8),
    (12, 25),
    (2, 43),
    (20, 62),
    (14, 18),
    (22, 39),
    (9, 61),
    (6, 20),
    (1, 44),
];

/// Permutes a state of 25 lanes.
pub(crate) fn permute(state: &mut [u64; 25]) {
    for constant in ROUND_CONSTANTS {
        theta(state);
        let mut moved = state[1];
        for (to, rotation) in MOVES {
            let next = state[to];
            state[to] = moved.rotate_left(rotation);
            moved = next;
        }
        for row in state.chunks_exact_mut(5) {
            let old = [row[0], row[1], row[2], row[3], row[4]];
            for x in 0..5 {
                row[x] = old[x] ^ (!old[(x + 1) % 5] & old[(x + 2) % 5]);
            }
        }
        state[0] ^= constant;
    }
}

fn theta(state: &mut [u64; 25]) {
    let column = |x: usize| (0..5).fold(0, |sum, y| sum ^ state[x + 5 * y]);
    let columns: [u64; 5] = std::array::from_fn(column);
    for (at, lane) in state.iter_mut().enumerate() {
        let x = at % 5;
        *lane ^= columns[(x + 4) % 5] ^ columns[(x + 1) % 5].rotate_left(1);
    }
}

#[cfg(test)]
mod tests {
    use super::permute;

    #[test]
    fn zero_state_gives_the_published_vector() {
        // KeccakF-1600-IntermediateValues.txt of the Keccak team, first and last lane of the first
        // permutation, first lane of the second.
        let mut state = [0; 25];
        permute(&mut state);
        assert_eq!(state[0], 0xf125_8f79_40e1_dde7);
        assert_eq!(state[24], 0xeaf1_ff7b_5cec_a249);
        permute(&mut state);
        assert_eq!(state[0], 0x2d5c_954d_f96e_cb3c);
    }
}
