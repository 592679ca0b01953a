//! MODEXP beyond 256 bits, over the circuits that multiply and add numbers of 256 bits: Montgomery's products, a column
//! after the other.
//!
//! `U256XU2048_MUL` would multiply wider numbers, but is not among the machine's circuits in 6.10.0.

mod binary;

use super::circuits;
use super::number::{from_bytes, sub, to_bytes};
use super::power::{power, significant, Multiply};
use core::mem::{replace, take};

/// 256 bits of a number.
type Limb = [u64; 4];

const ONE: Limb = [1, 0, 0, 0];

/// Bytes of a limb.
const LIMB_BYTES: usize = 32;

/// Bytes of the longest modulus, which is the longest that the EVM takes (EIP-7823).
const MOST_BYTES: usize = 1024;

/// base^exponent for a modulus of 257 to 8,192 bits: as many bytes as the modulus has, all big-endian. `None` for other
/// moduli.
pub fn modexp(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Option<Vec<u8>> {
    let m = significant(modulus);
    if !(LIMB_BYTES + 1..=MOST_BYTES).contains(&m.len()) {
        return None;
    }
    let m = limbs(m);
    let power = match m[0][0] & 1 {
        1 => power_modulo_odd(base, exponent, m),
        _ => binary::power_modulo_even(base, exponent, &m),
    };
    let mut bytes = vec![0; modulus.len()];
    for (place, limb) in bytes.rchunks_mut(LIMB_BYTES).zip(&power) {
        to_bytes(limb, place);
    }
    Some(bytes)
}

/// base^exponent modulo an odd number greater than one: as many limbs as that has.
fn power_modulo_odd(base: &[u8], exponent: &[u8], modulus: Vec<Limb>) -> Vec<Limb> {
    let by = Montgomery::new(modulus);
    let square = by.square_of_radix();
    let base = by.take_in(significant(base), &square);
    let power = match power(&by, &base, exponent) {
        Some(power) => power,
        None => by.product(&square, &by.one()),
    };
    by.product(&power, &by.one())
}

/// A number of any length from its big-endian bytes.
fn limbs(bytes: &[u8]) -> Vec<Limb> {
    bytes.rchunks(LIMB_BYTES).map(from_bytes).collect()
}

/// Multiplication modulo an odd number m of n limbs, by which a·b becomes a·b/R, where the radix R is 2^(256·n).
struct Montgomery {
    modulus: Vec<Limb>,
    /// −1/m modulo 2²⁵⁶.
    inverse: Limb,
}

impl Multiply for Montgomery {
    type Number = Vec<Limb>;

    /// Of numbers at least one of which is below the modulus. The digits of the multiple of m that makes the product's low half
    /// zero stand in `product` until its high half takes their place.
    fn multiply(&self, a: &Vec<Limb>, b: &Vec<Limb>, product: &mut Vec<Limb>) {
        let m = &self.modulus[..];
        let n = m.len();
        let (a, b, product) = (&a[..n], &b[..n], &mut product[..n]);
        let mut column = Column::default();
        for k in 0..n {
            let (known, digit) = product.split_at_mut(k);
            column.add_all((&a[..k], &b[1..=k]), (known, &m[1..=k]));
            column.add_last((&a[k], &b[0]), &self.inverse, &m[0], &mut digit[0]);
            column.next();
        }
        for k in n..2 * n - 1 {
            let from = k - n + 1;
            column.add_all((&a[from..], &b[from..]), (&product[from..], &m[from..]));
            product[k - n] = column.next();
        }
        product[n - 1] = column.next();
        // (R·m + R·m)/R at most
        if column.sum != [0; 4] || !is_below(product, m) {
            subtract(product, m);
        }
    }
}

impl Montgomery {
    fn new(modulus: Vec<Limb>) -> Self {
        let inverse = sub(&[0; 4], &binary::inverse(&modulus[..1])[0]).0;
        Self { modulus, inverse }
    }

    fn product(&self, a: &Vec<Limb>, b: &Vec<Limb>) -> Vec<Limb> {
        let mut product = vec![[0; 4]; self.modulus.len()];
        self.multiply(a, b, &mut product);
        product
    }

    fn one(&self) -> Vec<Limb> {
        let mut one = vec![[0; 4]; self.modulus.len()];
        one[0] = ONE;
        one
    }

    /// R² modulo m.
    fn square_of_radix(&self) -> Vec<Limb> {
        let m = self.modulus.as_flattened();
        let top = m.iter().rposition(|word| *word != 0).unwrap_or(0);
        let bits = 64 * top + (63 - m[top].leading_zeros() as usize);
        // the greatest power of two below m, doubled until it is 2·R
        let mut two = vec![[0; 4]; self.modulus.len()];
        two.as_flattened_mut()[top] = 1 << (bits % 64);
        let radix = 64 * m.len();
        for _ in bits..radix + 1 {
            self.double(&mut two);
        }
        // 2·R stands for two, so its power stands for R
        power(self, &two, &(radix as u32).to_be_bytes()).unwrap_or(two)
    }

    /// 2a, of a number below m.
    fn double(&self, a: &mut [Limb]) {
        let mut carry = 0;
        for word in a.as_flattened_mut() {
            (*word, carry) = (*word << 1 | carry, *word >> 63);
        }
        if carry != 0 || !is_below(a, &self.modulus) {
            subtract(a, &self.modulus);
        }
    }

    /// What stands for a number of any length, from its big-endian bytes.
    fn take_in(&self, bytes: &[u8], square_of_radix: &Vec<Limb>) -> Vec<Limb> {
        let n = self.modulus.len();
        let mut sum = vec![[0; 4]; n];
        let chunks = bytes.rchunks(LIMB_BYTES * n);
        for (nth, chunk) in chunks.rev().enumerate() {
            let mut chunk = limbs(chunk);
            chunk.resize(n, [0; 4]);
            let chunk = self.product(&chunk, square_of_radix);
            if nth == 0 {
                sum = chunk;
                continue;
            }
            sum = self.product(&sum, square_of_radix);
            if add(&mut sum, &chunk) || !is_below(&sum, &self.modulus) {
                subtract(&mut sum, &self.modulus);
            }
        }
        sum
    }
}

/// The sum of a column's products, and of what the columns before it left.
#[derive(Default)]
struct Column {
    sum: Limb,
    /// Of the high halves.
    high: Limb,
    /// What is beyond those.
    beyond: u64,
    /// What the circuits write besides; here, so that it is not made anew every time.
    halves: [Limb; 2],
    carry: Limb,
}

impl Column {
    /// Adds the products of the first limb of one number and the last of the other, and so on, of two pairs of numbers.
    #[inline(always)]
    fn add_all(&mut self, first: (&[Limb], &[Limb]), second: (&[Limb], &[Limb])) {
        let first = first.0.iter().zip(first.1.iter().rev());
        let second = second.0.iter().zip(second.1.iter().rev());
        for ((a, b), (c, d)) in first.zip(second) {
            circuits::multiply_add(a, b, &mut self.sum, &mut self.halves[0]);
            circuits::multiply_add(c, d, &mut self.sum, &mut self.halves[1]);
            self.add_halves();
        }
    }

    /// Adds the products of the first limb of one number and the last of the other, and so on.
    fn add_products(&mut self, a: &[Limb], b: &[Limb]) {
        for (a, b) in a.iter().zip(b.iter().rev()) {
            circuits::multiply_add(a, b, &mut self.sum, &mut self.halves[0]);
            self.halves[1] = [0; 4];
            self.add_halves();
        }
    }

    /// Adds a product, and the multiple of the modulus's first limb that makes the sum zero; it is written to `digit`.
    fn add_last(
        &mut self,
        product: (&Limb, &Limb),
        inverse: &Limb,
        first: &Limb,
        digit: &mut Limb,
    ) {
        circuits::multiply_add(product.0, product.1, &mut self.sum, &mut self.halves[0]);
        *digit = low_product(&self.sum, inverse);
        circuits::multiply_add(digit, first, &mut self.sum, &mut self.halves[1]);
        self.add_halves();
    }

    /// Adds the high halves of two products.
    #[inline(always)]
    fn add_halves(&mut self) {
        let [first, second] = &self.halves;
        circuits::add_three(first, second, &mut self.high, &mut self.carry);
        self.beyond += self.carry[0];
    }

    /// Goes on to the next column; what this one came to.
    fn next(&mut self) -> Limb {
        let high = [take(&mut self.beyond), 0, 0, 0];
        replace(&mut self.sum, replace(&mut self.high, high))
    }
}

/// a·b modulo 2²⁵⁶.
fn low_product(a: &Limb, b: &Limb) -> Limb {
    let (mut low, mut high) = ([0; 4], [0; 4]);
    circuits::multiply_add(a, b, &mut low, &mut high);
    low
}

/// Whether a < b, of as many limbs.
fn is_below(a: &[Limb], b: &[Limb]) -> bool {
    let (a, b) = (a.as_flattened(), b.as_flattened());
    a.iter().rev().lt(b.iter().rev())
}

/// a + b, of as many limbs; whether there is a carry.
fn add(a: &mut [Limb], b: &[Limb]) -> bool {
    let mut carry = false;
    for (a, b) in a.as_flattened_mut().iter_mut().zip(b.as_flattened()) {
        let (partial, first) = a.overflowing_add(*b);
        let (word, second) = partial.overflowing_add(u64::from(carry));
        (*a, carry) = (word, first | second);
    }
    carry
}

/// a − b, of as many limbs, without the borrow.
fn subtract(a: &mut [Limb], b: &[Limb]) {
    let mut borrow = false;
    for (a, b) in a.as_flattened_mut().iter_mut().zip(b.as_flattened()) {
        let (partial, first) = a.overflowing_sub(*b);
        let (word, second) = partial.overflowing_sub(u64::from(borrow));
        (*a, borrow) = (word, first | second);
    }
}
