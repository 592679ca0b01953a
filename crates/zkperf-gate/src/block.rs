//! The blocks that guests are checked on.

use crate::error::GateError;
use crate::native::{native, Native};
use crate::pool;
use crate::request::{GateRequest, HonestInput, Thoroughness};
use crate::suite::{self, Suite};
use crate::tamper::{tamperings, Original, Reach, Tampering};
use std::collections::BTreeMap;
use zkperf_block::Recorded;
use zkperf_guest_core::STATUS_VALID;

/// Tamperings that take a run each and are tried on every block all the same: one of each thing a guest may forget.
const SAMPLE: &[&str] = &[
    "state-root",
    "receipts-root",
    "gas-used-more",
    "signature-altered",
    "node-withheld",
    "code-forged",
];

/// A block with what is known of it.
pub(crate) struct BlockUnderTest<'a> {
    pub(crate) name: String,
    pub(crate) original: Original,
    pub(crate) native: Native,
    pub(crate) baseline: Option<&'a BTreeMap<String, Vec<u8>>>,
    pub(crate) recorded: Option<&'a Recorded>,
    /// The operation whose edge cases it runs.
    pub(crate) operation: Option<&'static str>,
    pub(crate) tamperings: Vec<&'static Tampering>,
}

/// The built-in blocks and the caller's, with what is tried on each.
///
/// # Errors
/// One of them is not honest, or cannot be read.
pub(crate) fn blocks<'a>(
    request: &'a GateRequest<'_>,
) -> Result<Vec<BlockUnderTest<'a>>, GateError> {
    let suites: Vec<&Suite> = match request.skip_suites {
        true => Vec::new(),
        false => suite::all().collect(),
    };
    let all = request.thoroughness == Thoroughness::All;
    let built_in = suites.into_iter().map(Given::BuiltIn);
    let own = request.inputs.iter().enumerate().map(|(index, input)| {
        let whole_list = all || (request.skip_suites && index == 0);
        Given::Own { input, whole_list }
    });
    let given: Vec<Given<'a>> = built_in.chain(own).collect();
    let mut nothing = |()| ();
    pool::each(&given, &request.cancel, &mut nothing, |given, _| {
        given.block()
    })
}

/// Where a block is from.
enum Given<'a> {
    BuiltIn(&'static Suite),
    Own {
        input: &'a HonestInput,
        /// Whether every tampering is tried on it.
        whole_list: bool,
    },
}

impl<'a> Given<'a> {
    fn block(&self) -> Result<BlockUnderTest<'a>, GateError> {
        let (input, all) = match *self {
            Self::BuiltIn(suite) => {
                let mut block = BlockUnderTest::new(suite.name, suite.input()?)?;
                block.operation = suite.operation;
                if suite.operation.is_none() {
                    block.tamperings = tamperings().collect();
                }
                return Ok(block);
            }
            Self::Own { input, whole_list } => (input, whole_list),
        };
        let mut block = BlockUnderTest::new(&input.name, input.bytes.clone())?;
        block.baseline = Some(&input.baseline);
        block.recorded = input.recorded.as_ref();
        let wanted = |tampering: &&Tampering| {
            all || tampering.reach == Reach::Early || SAMPLE.contains(&tampering.id)
        };
        block.tamperings = tamperings().filter(wanted).collect();
        Ok(block)
    }
}

impl<'a> BlockUnderTest<'a> {
    fn new(name: &str, bytes: Vec<u8>) -> Result<Self, GateError> {
        let original = Original::new(name, bytes)?;
        let dishonest = |cause| GateError::Dishonest {
            name: name.to_owned(),
            cause,
        };
        let native = native(original.bytes()).map_err(dishonest)?;
        if let Some(cause) = &native.reason {
            return Err(dishonest(cause.clone()));
        }
        Ok(Self {
            name: name.to_owned(),
            original,
            native,
            baseline: None,
            recorded: None,
            operation: None,
            tamperings: Vec::new(),
        })
    }
}

/// A tampered input and what the unmodified code makes of it; the error says why there is none.
pub(crate) fn tampered(
    block: &BlockUnderTest<'_>,
    tampering: &Tampering,
) -> Result<(Vec<u8>, Native), String> {
    let nothing = || "this block has nothing of the kind".to_owned();
    let input = tampering.input(&block.original).ok_or_else(nothing)?;
    let native = native(&input)?;
    match native.status == STATUS_VALID {
        true => Err("it changes nothing that this block commits to".to_owned()),
        false => Ok((input, native)),
    }
}
