//! Hooks: what the host computes for the guest when it writes to certain file descriptors
//! (`src/hook.rs` of `sp1-core-executor` 6.10.0). Their answers go in front of the hint queue.

use crate::precompile::{square_root, BLS12381_P, ED_P};
use num_bigint::BigUint;
use ruint::aliases::U256;
use ruint::uint;

/// File descriptors (`sp1-primitives` 6.10.0, `src/consts.rs`).
pub(crate) mod fd {
    pub(crate) const STDOUT: u64 = 1;
    pub(crate) const STDERR: u64 = 2;
    pub(crate) const PUBLIC_VALUES: u32 = 13;
    pub(crate) const HINT: u32 = 14;
    pub(crate) const ECRECOVER: u32 = 15;
    pub(crate) const ED_DECOMPRESS: u32 = 16;
    pub(crate) const RSA_MUL_MOD: u32 = 17;
    pub(crate) const BLS12381_SQRT: u32 = 18;
    pub(crate) const BLS12381_INVERSE: u32 = 19;
    pub(crate) const FP_SQRT: u32 = 20;
    pub(crate) const FP_INVERSE: u32 = 21;
}

type Answer = Result<Vec<Vec<u8>>, String>;

/// The answers of the hook at a descriptor; `None` if there is no such hook.
pub(crate) fn invoke(descriptor: u32, data: &[u8]) -> Option<Answer> {
    Some(match descriptor {
        fd::ECRECOVER => ecrecover(data),
        fd::ED_DECOMPRESS => ed_decompress(data),
        fd::RSA_MUL_MOD => rsa_mul_mod(data),
        fd::BLS12381_SQRT => bls_sqrt(data),
        fd::BLS12381_INVERSE => bls_inverse(data),
        fd::FP_SQRT => fp_sqrt(data),
        fd::FP_INVERSE => fp_inverse(data),
        _ => return None,
    })
}

fn wrong(what: &str) -> String {
    format!("{what} (SP1's executor panics)")
}

/// Big-endian bytes, padded in front.
fn padded(value: &BigUint, length: usize) -> Vec<u8> {
    let mut bytes = value.to_bytes_le();
    bytes.resize(length, 0);
    bytes.reverse();
    bytes
}

struct EcrecoverCurve {
    p: U256,
    order: U256,
    /// Whether 0 is refused as alpha.
    refuses_zero: bool,
}

const SECP256K1: EcrecoverCurve = EcrecoverCurve {
    p: uint!(0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f_U256),
    order: uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256),
    refuses_zero: true,
};
const SECP256R1: EcrecoverCurve = EcrecoverCurve {
    p: uint!(0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff_U256),
    order: uint!(0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551_U256),
    refuses_zero: false,
};

/// Square root and inverse for a signature's r: `[1], y, 1/r`, or `[0], root of 3 alpha`.
fn ecrecover(data: &[u8]) -> Answer {
    if data.len() != 65 {
        return Err(wrong("the ecrecover hook wants 65 bytes"));
    }
    let curve = match data[0] & 0x7f {
        1 => SECP256K1,
        2 => SECP256R1,
        id => return Err(wrong(&format!("the ecrecover hook knows no curve {id}"))),
    };
    let is_odd = data[0] & 0x80 != 0;
    let r = U256::from_be_slice(&data[1..33]);
    let alpha = U256::from_be_slice(&data[33..65]);
    if r >= curve.p || alpha >= curve.p {
        return Err(wrong("the ecrecover hook wants reduced field elements"));
    }
    if alpha.is_zero() && curve.refuses_zero {
        return Err(wrong("the ecrecover hook wants an alpha that is not zero"));
    }
    // Both primes are 3 mod 4.
    let exponent = (curve.p >> 2) + U256::from(1);
    let root_of = |value: U256| {
        let root = value.pow_mod(exponent, curve.p);
        (root.mul_mod(root, curve.p) == value).then_some(root)
    };
    let bytes = |value: U256| value.to_be_bytes::<32>().to_vec();
    match root_of(alpha) {
        Some(root) => {
            let inverse = Some(r)
                .filter(|r| *r < curve.order)
                .and_then(|r| r.inv_mod(curve.order))
                .ok_or_else(|| wrong("the ecrecover hook wants an r that is a scalar"))?;
            let y = if root.bit(0) == is_odd || root.is_zero() {
                root
            } else {
                curve.p - root
            };
            Ok(vec![vec![1], bytes(y), bytes(inverse)])
        }
        None => {
            let root = root_of(alpha.mul_mod(U256::from(3), curve.p))
                .ok_or_else(|| wrong("neither alpha nor 3 alpha is a square"))?;
            Ok(vec![vec![0], bytes(root)])
        }
    }
}

/// Whether a compressed Ed25519 point decompresses: `[1]`, or why not.
fn ed_decompress(data: &[u8]) -> Answer {
    if data.len() < 32 || data.len() > 64 {
        return Err(wrong("the ed_decompress hook wants a point and v"));
    }
    let mut y_bytes = [0u8; 32];
    y_bytes.copy_from_slice(&data[..32]);
    y_bytes[31] &= 0x7f;
    let y = U256::from_le_bytes(y_bytes);
    if y >= ED_P {
        return Ok(vec![vec![0]]);
    }
    let v = U256::from_le_slice(&data[32..]);
    if v >= ED_P {
        return Err(wrong("v of the ed_decompress hook is not reduced"));
    }
    let v_inverse = v.inv_mod(ED_P).unwrap_or(U256::ZERO);
    let u = y.mul_mod(y, ED_P).add_mod(ED_P - U256::from(1), ED_P);
    let ratio = u.mul_mod(v_inverse, ED_P);
    if square_root(ratio).is_some() {
        return Ok(vec![vec![1]]);
    }
    let root = square_root(ratio.mul_mod(U256::from(2), ED_P))
        .ok_or_else(|| wrong("neither u/v nor 2 u/v is a square"))?;
    Ok(vec![
        vec![0],
        v_inverse.to_le_bytes::<32>().to_vec(),
        root.to_le_bytes::<32>().to_vec(),
    ])
}

/// Remainder and quotient of a product by a modulus, little-endian.
fn rsa_mul_mod(data: &[u8]) -> Answer {
    if ![256 * 3, 384 * 3, 512 * 3].contains(&data.len()) {
        return Err(wrong(
            "the rsa_mul_mod hook wants three numbers of 256, 384 or 512 bytes",
        ));
    }
    let length = data.len() / 3;
    let product = BigUint::from_bytes_le(&data[..2 * length]);
    let modulus = BigUint::from_bytes_le(&data[2 * length..]);
    if modulus == BigUint::ZERO {
        return Err(wrong("the modulus of the rsa_mul_mod hook is zero"));
    }
    let little = |value: BigUint| {
        let mut bytes = value.to_bytes_le();
        bytes.resize(length, 0);
        bytes
    };
    let quotient = &product / &modulus;
    let remainder = product % modulus;
    Ok(vec![little(remainder), little(quotient)])
}

fn bls_modulus() -> BigUint {
    BigUint::from_bytes_be(&BLS12381_P.to_be_bytes::<48>())
}

fn bls_element(data: &[u8]) -> Result<BigUint, String> {
    let bytes = data
        .get(..48)
        .ok_or_else(|| wrong("the BLS12-381 hooks want 48 bytes"))?;
    Ok(BigUint::from_bytes_be(bytes))
}

fn bls_sqrt(data: &[u8]) -> Answer {
    let element = bls_element(data)?;
    if element == BigUint::ZERO {
        return Ok(vec![vec![1], vec![0; 48]]);
    }
    let p = bls_modulus();
    let exponent = (&p + 1u32) / 4u32;
    let root = element.modpow(&exponent, &p);
    if &root * &root % &p == element {
        return Ok(vec![vec![1], padded(&root, 48)]);
    }
    let other = element * 2u32 % &p;
    let root = other.modpow(&exponent, &p);
    if &root * &root % &p != other {
        return Err(wrong("neither the element nor its double is a square"));
    }
    Ok(vec![vec![0], padded(&root, 48)])
}

fn bls_inverse(data: &[u8]) -> Answer {
    let element = bls_element(data)?;
    if element == BigUint::ZERO {
        return Err(wrong("zero has no inverse"));
    }
    let p = bls_modulus();
    Ok(vec![padded(&element.modpow(&(&p - 2u32), &p), 48)])
}

/// The length in front of a field hook's numbers, and `count` numbers.
fn numbers<const N: usize>(data: &[u8]) -> Result<(usize, [BigUint; N]), String> {
    let invalid = || wrong("a field hook's buffer has another length than it says");
    let length = data.get(..4).ok_or_else(invalid)?;
    let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
    if length.checked_mul(N).and_then(|all| all.checked_add(4)) != Some(data.len()) {
        return Err(invalid());
    }
    let number = |at: usize| BigUint::from_bytes_be(&data[4 + at * length..4 + (at + 1) * length]);
    Ok((length, std::array::from_fn(number)))
}

fn fp_inverse(data: &[u8]) -> Answer {
    let (length, [element, p]) = numbers::<2>(data)?;
    if element == BigUint::ZERO {
        return Err(wrong("zero has no inverse"));
    }
    if p < BigUint::from(2u32) {
        return Err(wrong("the modulus is too small"));
    }
    Ok(vec![padded(&element.modpow(&(&p - 2u32), &p), length)])
}

fn fp_sqrt(data: &[u8]) -> Answer {
    let (length, [element, p, non_residue]) = numbers::<3>(data)?;
    if element >= p || non_residue >= p {
        return Err(wrong("the field hook wants reduced numbers"));
    }
    if element == BigUint::ZERO {
        return Ok(vec![vec![1], vec![0; length]]);
    }
    if let Some(root) = root_mod(&element, &p, &non_residue)? {
        return Ok(vec![vec![1], padded(&root, length)]);
    }
    let other = &non_residue * &element % &p;
    let root = root_mod(&other, &p, &non_residue)?.ok_or_else(|| {
        wrong("neither the element nor its product with the non-residue is a square")
    })?;
    Ok(vec![vec![0], padded(&root, length)])
}

/// A square root modulo a prime: directly if it is 3 mod 4, else by Tonelli and Shanks.
fn root_mod(
    element: &BigUint,
    p: &BigUint,
    non_residue: &BigUint,
) -> Result<Option<BigUint>, String> {
    let one = BigUint::from(1u32);
    if p % 4u32 == BigUint::from(3u32) {
        let root = element.modpow(&((p + 1u32) / 4u32), p);
        return Ok((&root * &root % p == *element).then_some(root));
    }
    if *element == BigUint::ZERO {
        return Err(wrong("zero has no Legendre symbol"));
    }
    if element.modpow(&((p - 1u32) / 2u32), p) != one {
        return Ok(None);
    }
    let s = (p - 1u32).trailing_zeros().unwrap_or(0);
    let q = (p - 1u32) >> s;
    let mut c = non_residue.modpow(&q, p);
    let mut root = element.modpow(&((&q + 1u32) / 2u32), p);
    let mut t = element.modpow(&q, p);
    let mut m = s;
    while t != one {
        let mut i = 0;
        let mut square = t.clone();
        while square != one {
            square = &square * &square % p;
            i += 1;
            if i == m {
                return Ok(None);
            }
        }
        let b = c.modpow(&(BigUint::from(1u32) << (m - i - 1)), p);
        root = root * &b % p;
        c = &b * &b % p;
        t = t * &c % p;
        m = i;
    }
    Ok(Some(root))
}
