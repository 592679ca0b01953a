//! Little-endian base-128 integers, and the cursor that reads them.

/// Appends `value`, seven bits a byte, least significant first.
pub(crate) fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// How many bytes [`write`] appends.
pub(crate) fn len(value: u64) -> u64 {
    u64::from((70 - (value | 1).leading_zeros()) / 7)
}

/// Maps small negative and positive differences to small unsigned numbers.
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Undoes [`zigzag`].
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Reads from the front of a byte slice. Every read says `None` at the end or on nonsense.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    pub fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(first)
    }

    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    #[inline]
    pub fn varint(&mut self) -> Option<u64> {
        let (&first, rest) = self.bytes.split_first()?;
        if first < 0x80 {
            self.bytes = rest;
            return Some(u64::from(first));
        }
        self.long_varint()
    }

    /// Two to eight bytes at once: lengths vary from value to value, and a branch for each byte would
    /// be guessed wrongly every other time. Opening a file is mostly this.
    #[inline]
    fn long_varint(&mut self) -> Option<u64> {
        let Some(chunk) = self.bytes.first_chunk::<8>() else {
            return self.slow_varint();
        };
        let word = u64::from_le_bytes(*chunk);
        // The lowest clear top bit is in the last byte.
        let last = !word & 0x8080_8080_8080_8080;
        if last == 0 {
            return self.slow_varint();
        }
        let length = (last.trailing_zeros() / 8 + 1) as usize;
        self.bytes = &self.bytes[length..];
        let bits = word & (last ^ (last - 1));
        // Close the gaps: seven bits to fourteen, to twenty-eight, to fifty-six.
        let bits = (bits & 0x007f_007f_007f_007f) | (bits & 0x7f00_7f00_7f00_7f00) >> 1;
        let bits = (bits & 0x0000_3fff_0000_3fff) | (bits & 0x3fff_0000_3fff_0000) >> 2;
        Some((bits & 0x0000_0000_0fff_ffff) | (bits & 0x0fff_ffff_0000_0000) >> 4)
    }

    #[cold]
    fn slow_varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for (index, &byte) in self.bytes.iter().enumerate().take(10) {
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for the topmost bit only.
            if index == 9 && bits > 1 {
                return None;
            }
            value |= bits << (7 * index);
            if byte < 0x80 {
                self.bytes = &self.bytes[index + 1..];
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integers_come_back(value: u64, signed: i64) {
            let mut bytes = Vec::new();
            write(&mut bytes, value);
            prop_assert_eq!(bytes.len() as u64, len(value));
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.varint(), Some(value));
            prop_assert!(reader.rest().is_empty());
            // With more bytes behind it, it is read in another way.
            let small = value >> (signed as u64 % 64);
            let mut bytes = Vec::new();
            for value in [value, small, value] {
                write(&mut bytes, value);
            }
            let mut reader = Reader::new(&bytes);
            for value in [value, small, value] {
                prop_assert_eq!(reader.varint(), Some(value));
            }
            prop_assert_eq!(unzigzag(zigzag(signed)), signed);
        }
    }

    #[test]
    fn the_extremes_come_back_and_more_is_refused() {
        for value in [0, 0x7f, 0x80, u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            write(&mut bytes, value);
            assert_eq!(bytes.len() as u64, len(value));
            assert_eq!(Reader::new(&bytes).varint(), Some(value));
            let cut = &bytes[..bytes.len() - 1];
            assert_eq!(Reader::new(cut).varint(), None, "{value} cut short");
        }
        let mut too_big = vec![0xff; 9];
        too_big.push(2);
        assert_eq!(Reader::new(&too_big).varint(), None);
        assert_eq!(Reader::new(&[0x80; 11]).varint(), None);
    }
}
