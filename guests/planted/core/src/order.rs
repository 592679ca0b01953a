//! What a run is asked for.

use core::fmt;

/// What to do: a guest's whole input, five little-endian words of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Which inefficiency.
    pub kind: Kind,
    /// Whether its fixed twin runs.
    pub fixed: bool,
    /// How much of it.
    pub amount: u32,
    /// Rounds of honest work.
    pub rounds: u32,
    /// Where the data comes from.
    pub seed: u32,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal,)+) => {
        /// A kind of inefficiency.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($(#[doc = $doc])+ $kind,)+ }

        impl Kind {
            /// All of them: an order names one by its place here.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)+];

            /// What the tests call it.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)+ }
            }
        }
    };
}

kinds! {
    /// Keccak-256 in software.
    Keccak = "keccak",
    /// SHA-256 in software.
    Sha256 = "sha256",
    /// Half a kilobyte handed over by value.
    Copies = "copies",
    /// Vectors cloned to be read.
    Clones = "clones",
    /// Maps cloned to be read.
    MapClones = "map-clones",
    /// A buffer that grows entry by entry.
    Growth = "growth",
    /// A small vector for each item.
    ShortLived = "short-lived",
    /// The same values encoded again and again.
    Encoding = "encoding",
    /// The same bytes decoded again and again.
    Decoding = "decoding",
    /// Counters of 32 bits where memory has words of 64.
    Narrow = "narrow",
    /// The same, of 8 bits, stored with what is above them.
    Bytes = "bytes",
    /// A word on each page.
    Scattered = "scattered",
    /// A whole table where two rows would do.
    Sprawl = "sprawl",
    /// A new buffer for each item, on an allocator that frees nothing.
    NeverFreed = "never-freed",
    /// 128-bit division by powers of two.
    Division = "division",
    /// 64-bit division by powers of two: software where words have 32 bits.
    Division64 = "division-64",
    /// 128-bit division by the same number.
    Reciprocal = "reciprocal",
    /// Lookups that hash with SipHash.
    HashMaps = "hash-maps",
    /// Each item compared with all before it.
    Quadratic = "quadratic",
    /// Input read byte by byte.
    Input = "input",
    /// Messages made for errors that do not happen.
    Formatting = "formatting",
    /// A function of the same numbers, worked out again and again.
    Fees = "fees",
    /// Checksums of the same bytes, worked out again and again.
    Checksums = "checksums",
    /// Rows checked word by word, each time they are used.
    Checks = "checks",
    /// A call for a step of a few instructions.
    SmallCalls = "small-calls",
}

/// Why bytes are no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderError {
    /// Not 20 bytes.
    Length(usize),
    /// No kind has this number.
    Kind(u32),
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OrderError::Length(length) => write!(f, "an order has 20 bytes, not {length}"),
            OrderError::Kind(kind) => write!(
                f,
                "there are {} kinds, none is number {kind}",
                Kind::ALL.len()
            ),
        }
    }
}

impl core::error::Error for OrderError {}

impl Order {
    /// Reads an order.
    ///
    /// # Errors
    /// The length is not an order's, or the kind is not known.
    pub fn parse(input: &[u8]) -> Result<Order, OrderError> {
        let input: &[u8; 20] = input
            .try_into()
            .map_err(|_| OrderError::Length(input.len()))?;
        let word = |at: usize| {
            u32::from_le_bytes([input[at], input[at + 1], input[at + 2], input[at + 3]])
        };
        let kind = word(0);
        Ok(Order {
            kind: *Kind::ALL.get(kind as usize).ok_or(OrderError::Kind(kind))?,
            fixed: word(4) != 0,
            amount: word(8),
            rounds: word(12),
            seed: word(16),
        })
    }
}
