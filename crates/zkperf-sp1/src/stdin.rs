//! A serialized `SP1Stdin`: bincode 1 with its default options (`sp1-core-machine` 6.10.0,
//! `src/io.rs`): the buffers, the place of the next one to read, and proofs to verify.

/// The buffers of a serialized standard input.
///
/// # Errors
/// What does not fit the format, in one clause.
pub(crate) fn buffers(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut reader = Reader { rest: bytes };
    let count = reader.number()?;
    // Each buffer takes at least its length.
    if count > bytes.len() as u64 / 8 {
        return Err(format!("it claims {count} buffers, more than fit its size"));
    }
    let mut buffers = Vec::new();
    for _ in 0..count {
        let length = reader.number()?;
        buffers.push(reader.take(length)?.to_vec());
    }
    let next = reader.number()?;
    let proofs = reader.number()?;
    if proofs > 0 {
        return Err(format!(
            "it carries {proofs} proofs; deferred proofs cannot be replayed here"
        ));
    }
    let skipped = usize::try_from(next).map_err(|_| "its read position is too large")?;
    if skipped > buffers.len() {
        return Err("its read position is behind the last buffer".into());
    }
    if !reader.rest.is_empty() {
        return Err(format!("{} bytes are left over", reader.rest.len()));
    }
    // The official executors feed every buffer, wherever the position stands.
    Ok(buffers)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], String> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > self.rest.len() {
            return Err(format!(
                "it ends {} bytes too early",
                length - self.rest.len()
            ));
        }
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, String> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Files that SP1's own type wrote: `fixtures/sp1-stdin/README.md`.
    macro_rules! official {
        ($name:literal) => {
            buffers(include_bytes!(concat!(
                "../../../fixtures/sp1-stdin/",
                $name,
                ".bin"
            )))
        };
    }

    #[test]
    fn what_the_official_type_wrote_comes_out() {
        let several = vec![
            b"first".to_vec(),
            Vec::new(),
            vec![4, 3, 2, 1],
            // A vector that was written as a value has its length in front.
            vec![3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3],
            (0..=255).collect(),
        ];
        assert_eq!(official!("none"), Ok(Vec::new()));
        assert_eq!(official!("empty-buffer"), Ok(vec![Vec::new()]));
        assert_eq!(official!("several"), Ok(several.clone()));
        assert_eq!(official!("partly-read"), Ok(several));
    }

    #[test]
    fn buffers_come_out_in_order() {
        let mut bytes = words(&[2, 3]);
        bytes.extend(b"abc");
        bytes.extend(words(&[0, 0, 0]));
        assert_eq!(buffers(&bytes), Ok(vec![b"abc".to_vec(), Vec::new()]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(buffers(b"abc").is_err());
        assert!(buffers(&words(&[u64::MAX])).is_err());
        assert!(buffers(&words(&[1, 9])).is_err());
        assert!(buffers(&words(&[0, 0, 1])).is_err(), "proofs");
        assert!(buffers(&words(&[0, 0, 0, 7])).is_err(), "left over");
        assert!(buffers(&words(&[0, 1, 0])).is_err(), "position");
    }
}
