//! How a zkVM wants the guest's one input buffer framed in a file.

use serde::{Deserialize, Serialize};

const WORD: usize = 8;

/// The zkVM an input file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputFormat {
    /// ZisK.
    #[default]
    Zisk,
    /// SP1.
    Sp1,
    /// RISC Zero.
    Risc0,
}

/// What surrounds the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// Length as u64 little-endian, the bytes, zeros up to a multiple of 8.
    LengthPrefixed,
    /// The bytes as they are.
    Raw,
}

/// One row of [`FORMATS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FormatSpec {
    /// The format.
    pub format: InputFormat,
    /// Its name on the command line and in folder names.
    pub name: &'static str,
    /// Its framing.
    pub framing: Framing,
}

/// Every format: adding one is adding a row (and its variant).
pub const FORMATS: &[FormatSpec] = &[
    FormatSpec {
        format: InputFormat::Zisk,
        name: "zisk",
        framing: Framing::LengthPrefixed,
    },
    FormatSpec {
        format: InputFormat::Sp1,
        name: "sp1",
        framing: Framing::Raw,
    },
    FormatSpec {
        format: InputFormat::Risc0,
        name: "risc0",
        framing: Framing::Raw,
    },
];

impl InputFormat {
    /// The format called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        FORMATS
            .iter()
            .find(|spec| spec.name == name)
            .map(|spec| spec.format)
    }

    /// Name and framing.
    pub fn spec(self) -> &'static FormatSpec {
        // the table has a row for every variant: a test holds it to that
        FORMATS
            .iter()
            .find(|spec| spec.format == self)
            .unwrap_or(&FORMATS[0])
    }

    /// The content of the input file whose one buffer is `data`.
    pub fn frame(self, data: &[u8]) -> Vec<u8> {
        self.spec().framing.frame(data)
    }
}

impl Framing {
    /// Puts the framing around `data`.
    pub fn frame(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Raw => data.to_vec(),
            Self::LengthPrefixed => {
                let size = WORD + data.len().next_multiple_of(WORD);
                let mut out = Vec::with_capacity(size);
                out.extend_from_slice(&(data.len() as u64).to_le_bytes());
                out.extend_from_slice(data);
                out.resize(size, 0);
                out
            }
        }
    }

    /// Takes the framing off; the error says what is wrong with it.
    pub(crate) fn unframe(self, file: &[u8]) -> Result<&[u8], FramingError> {
        match self {
            Self::Raw => Ok(file),
            Self::LengthPrefixed => {
                let truncated = |wanted: u64| FramingError::Truncated {
                    wanted,
                    got: file.len() as u64,
                };
                let (length, rest) = file
                    .split_first_chunk::<WORD>()
                    .ok_or_else(|| truncated(WORD as u64))?;
                let length = u64::from_le_bytes(*length);
                let padded = length
                    .checked_next_multiple_of(WORD as u64)
                    .and_then(|l| l.checked_add(WORD as u64));
                let padded = padded.unwrap_or(u64::MAX);
                if (file.len() as u64) < padded {
                    return Err(truncated(padded));
                }
                let (data, padding) = usize::try_from(length)
                    .ok()
                    .and_then(|length| rest.split_at_checked(length))
                    .ok_or_else(|| truncated(padded))?;
                if file.len() as u64 > padded {
                    return Err(FramingError::TrailingBytes {
                        extra: file.len() as u64 - padded,
                    });
                }
                match padding.iter().all(|byte| *byte == 0) {
                    true => Ok(data),
                    false => Err(FramingError::Padding),
                }
            }
        }
    }
}

/// What is wrong with a file's framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FramingError {
    /// The file is shorter than its length field says.
    Truncated { wanted: u64, got: u64 },
    /// Something follows the buffer.
    TrailingBytes { extra: u64 },
    /// The padding is not zero.
    Padding,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_has_its_row() {
        for format in [InputFormat::Zisk, InputFormat::Sp1, InputFormat::Risc0] {
            assert_eq!(format.spec().format, format);
            assert_eq!(InputFormat::from_name(format.spec().name), Some(format));
        }
    }

    #[test]
    fn zisk_frames_as_its_guests_read() {
        assert_eq!(
            InputFormat::Zisk.frame(&[1, 2, 3]),
            [3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0]
        );
        assert_eq!(InputFormat::Sp1.frame(&[1, 2, 3]), [1, 2, 3]);
        for size in 0..20 {
            let data = vec![7; size];
            let file = Framing::LengthPrefixed.frame(&data);
            assert_eq!(file.len() % 8, 0);
            assert_eq!(Framing::LengthPrefixed.unframe(&file), Ok(&data[..]));
        }
    }

    #[test]
    fn broken_frames_are_told_apart() {
        let unframe = |file: &[u8]| Framing::LengthPrefixed.unframe(file).map(<[u8]>::to_vec);
        let good = Framing::LengthPrefixed.frame(&[1, 2, 3]);
        assert_eq!(
            unframe(&good[..4]),
            Err(FramingError::Truncated { wanted: 8, got: 4 })
        );
        assert_eq!(
            unframe(&good[..15]),
            Err(FramingError::Truncated {
                wanted: 16,
                got: 15
            })
        );
        assert_eq!(
            unframe(&[0xff; 24]),
            Err(FramingError::Truncated {
                wanted: u64::MAX,
                got: 24
            })
        );
        let mut long = good.clone();
        long.extend([0; 8]);
        assert_eq!(
            unframe(&long),
            Err(FramingError::TrailingBytes { extra: 8 })
        );
        let mut padded = good;
        padded[15] = 1;
        assert_eq!(unframe(&padded), Err(FramingError::Padding));
    }
}
