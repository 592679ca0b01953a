//! A question asked by comparing everything with everything.

/// How many different words there are among the first `n`: each is looked for among those before it.
#[inline(never)]
pub(crate) fn bad(data: &[u64], n: u32) -> u64 {
    let words = words(data, n);
    let mut different = 0;
    for (at, word) in words.iter().enumerate() {
        different += u64::from(!words[..at].contains(word));
    }
    different
}

/// The same, by sorting them first.
#[inline(never)]
pub(crate) fn good(data: &[u64], n: u32) -> u64 {
    let mut words = words(data, n);
    words.sort_unstable();
    words.dedup();
    words.len() as u64
}

/// Words of which some are the same.
fn words(data: &[u64], n: u32) -> Vec<u64> {
    (0..n as usize)
        .map(|at| data[at * 5 % data.len()] + (at / 900) as u64)
        .collect()
}
