//! Asking a node for a block and its witness.

use crate::chain::{is_known, read_config, wants_config};
use crate::check::decode_block;
use crate::error::BlockError;
use crate::hexbytes::{decode_hex, quantity};
use crate::methods::{Method, CHAIN_CONFIG, CHAIN_ID, NEWEST, RAW_BLOCK, RAW_HEADER, WITNESS};
use crate::progress::Progress;
use crate::recorded::Recorded;
use crate::rpc::{CallError, Rpc};
use crate::witness::Witness;
use ethrex_common::types::ChainConfig;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::Value;

/// EIP-1474's "resource not found" and geth's "pruned history unavailable".
const GONE: [i64; 2] = [-32001, 4444];

/// A node and where progress goes.
pub(crate) struct Node<'a> {
    pub(crate) rpc: Rpc,
    pub(crate) progress: &'a mut dyn FnMut(Progress),
}

/// A method's name and its result.
type Named = (&'static str, Box<RawValue>);

/// Why none of some methods gave a result.
enum NoResult {
    NoMethod,
    Refused {
        method: &'static str,
        code: i64,
        message: String,
    },
    Failed(BlockError),
}

impl Node<'_> {
    /// The chain's id.
    pub(crate) fn chain_id(&mut self) -> Result<u64, BlockError> {
        let (method, result) = self.need("the chain's id", CHAIN_ID, 0, None)?;
        let text: String = self.parse(method, &result)?;
        quantity(&text).ok_or_else(|| self.bad_answer(method, "it is no number"))
    }

    /// Everything there is to know about block `number` of chain `chain_id`.
    pub(crate) fn block(&mut self, chain_id: u64, number: u64) -> Result<Recorded, BlockError> {
        let raw_block = self.raw_block(number)?;
        let block =
            decode_block(&raw_block).map_err(|cause| self.bad_answer(RAW_BLOCK[0].name, &cause))?;
        if block.header.number != number {
            let origin = self.rpc.origin();
            return Err(BlockError::WrongBlock {
                origin,
                expected: number,
                actual: block.header.number,
            });
        }
        let chain_config = match wants_config(chain_id) {
            true => self.chain_config(chain_id)?,
            false => None,
        };
        let mut witness = self.witness(number, &block.header.hash().0)?;
        self.add_parent(number, &mut witness)?;
        Ok(Recorded {
            chain_id,
            block_number: number,
            raw_block,
            witness,
            chain_config,
        })
    }

    fn raw_block(&mut self, number: u64) -> Result<Vec<u8>, BlockError> {
        let message = match self.first(RAW_BLOCK, number, None) {
            Ok((_, result)) if is_null(&result) => String::new(),
            Ok((method, result)) => {
                let text: String = self.parse(method, &result)?;
                // geth once left the 0x out
                let text = if text.starts_with("0x") {
                    text
                } else {
                    format!("0x{text}")
                };
                return decode_hex(&text).map_err(|cause| self.bad_answer(method, cause));
            }
            Err(NoResult::Refused { code, message, .. }) if is_gone(code, &message) => message,
            Err(other) => return Err(self.error("the block itself", RAW_BLOCK, other)),
        };
        match self.newest() {
            Some(latest) if latest < number => Err(BlockError::FutureBlock {
                origin: self.rpc.origin(),
                block: number,
                latest,
            }),
            _ => Err(self.pruned("the body", number, message)),
        }
    }

    fn witness(&mut self, number: u64, hash: &[u8; 32]) -> Result<Witness, BlockError> {
        match self.first(WITNESS, number, Some(hash)) {
            Ok((_, result)) if is_null(&result) => {
                Err(self.pruned("the state", number, String::new()))
            }
            Ok((method, result)) => self.parse(method, &result),
            Err(NoResult::Refused { code, message, .. }) if is_gone(code, &message) => {
                Err(self.pruned("the state", number, message))
            }
            Err(other) => Err(self.error("execution witnesses", WITNESS, other)),
        }
    }

    /// Some clients send the ancestors that BLOCKHASH read, and the parent only if it was among them.
    fn add_parent(&mut self, number: u64, witness: &mut Witness) -> Result<(), BlockError> {
        let Some(parent) = number.checked_sub(1) else {
            return Ok(());
        };
        if witness.has_header(parent) {
            return Ok(());
        }
        let (method, result) = self.need("the parent's header", RAW_HEADER, parent, None)?;
        let text: String = self.parse(method, &result)?;
        let header = decode_hex(&text).map_err(|cause| self.bad_answer(method, cause))?;
        witness.headers.push(header);
        Ok(())
    }

    /// The chain's rules, where the node tells them.
    fn chain_config(&mut self, chain_id: u64) -> Result<Option<ChainConfig>, BlockError> {
        for one in CHAIN_CONFIG {
            match self.first(std::slice::from_ref(one), 0, None) {
                Ok((_, result)) if is_null(&result) => {}
                Ok((method, result)) => {
                    let answer: Value = self.parse(method, &result)?;
                    match read_config(answer, chain_id) {
                        Ok(config) => return Ok(Some(config)),
                        Err(_) if is_known(chain_id) => {}
                        Err(cause) => return Err(self.bad_answer(method, &self.rpc.clean(&cause))),
                    }
                }
                // `admin` is often closed where `debug` is open
                Err(NoResult::NoMethod | NoResult::Refused { .. }) => {}
                Err(NoResult::Failed(BlockError::AccessDenied { .. })) => {}
                Err(NoResult::Failed(_)) if is_known(chain_id) => {}
                Err(NoResult::Failed(error)) => return Err(error),
            }
        }
        if is_known(chain_id) {
            return Ok(None);
        }
        // said now, before a witness is fetched for nothing
        Err(BlockError::NoChainConfig {
            origin: self.rpc.origin(),
            chain_id,
        })
    }

    fn newest(&mut self) -> Option<u64> {
        let (method, result) = self.first(NEWEST, 0, None).ok()?;
        quantity(&self.parse::<String>(method, &result).ok()?)
    }

    /// The result of the first of `methods` that the node knows.
    fn first(
        &mut self,
        methods: &[Method],
        number: u64,
        hash: Option<&[u8; 32]>,
    ) -> Result<Named, NoResult> {
        let mut best = NoResult::NoMethod;
        for method in methods {
            let Some(params) = method.param.of(number, hash) else {
                continue;
            };
            match self.rpc.call(method.name, &params, self.progress) {
                Ok(result) => return Ok((method.name, result)),
                Err(CallError::NoMethod) => {}
                Err(CallError::BadParams { code, message }) => {
                    best = NoResult::Refused {
                        method: method.name,
                        code,
                        message,
                    };
                }
                Err(CallError::Refused { code, message }) => {
                    return Err(NoResult::Refused {
                        method: method.name,
                        code,
                        message,
                    })
                }
                Err(CallError::Failed(error)) => return Err(NoResult::Failed(error)),
            }
        }
        Err(best)
    }

    fn need(
        &mut self,
        what: &str,
        methods: &[Method],
        number: u64,
        hash: Option<&[u8; 32]>,
    ) -> Result<Named, BlockError> {
        self.first(methods, number, hash)
            .map_err(|no| self.error(what, methods, no))
    }

    fn error(&self, what: &str, methods: &[Method], no: NoResult) -> BlockError {
        let origin = self.rpc.origin();
        match no {
            NoResult::Failed(error) => error,
            NoResult::Refused {
                method,
                code,
                message,
            } => BlockError::NodeError {
                origin,
                method: method.to_string(),
                code,
                message,
            },
            NoResult::NoMethod => {
                let methods = methods
                    .iter()
                    .map(|method| method.name.to_string())
                    .collect();
                BlockError::NoMethod {
                    origin,
                    what: what.to_string(),
                    methods,
                }
            }
        }
    }

    fn parse<T: DeserializeOwned>(&self, method: &str, result: &RawValue) -> Result<T, BlockError> {
        // serde quotes what it didn't expect, which is the node's text
        serde_json::from_str(result.get())
            .map_err(|cause| self.bad_answer(method, &self.rpc.clean(&cause.to_string())))
    }

    fn bad_answer(&self, method: &str, cause: &str) -> BlockError {
        BlockError::BadAnswer {
            origin: self.rpc.origin(),
            method: method.to_string(),
            cause: cause.to_string(),
        }
    }

    fn pruned(&self, what: &'static str, block: u64, message: String) -> BlockError {
        BlockError::Pruned {
            origin: self.rpc.origin(),
            what,
            block,
            message,
        }
    }
}

fn is_null(result: &RawValue) -> bool {
    matches!(result.get(), "null" | "\"\"" | "\"0x\"")
}

/// Whether an error means that the block or its state isn't there: few clients have a code for it.
fn is_gone(code: i64, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let says = [
        "not found",
        "unknown block",
        "pruned",
        "missing trie node",
        "unavailable",
        "not available",
        "no state",
        "historical",
        "maximum proof window",
        "failed to resolve block",
        "could not get block",
        "out of range",
    ];
    GONE.contains(&code) || says.iter().any(|words| message.contains(words))
}
