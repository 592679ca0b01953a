//! JSON-RPC over HTTP, with retries.

use crate::error::BlockError;
use crate::progress::Progress;
use crate::transport::{Answer, Fault, RetryPolicy, Transport};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{json, Value};
use std::time::Duration;

/// JSON-RPC's "method not found", and EIP-1474's "method not supported".
const NO_METHOD: [i64; 2] = [-32601, -32004];
/// JSON-RPC's "invalid params".
const BAD_PARAMS: i64 = -32602;
/// EIP-1474's "limit exceeded", and what some providers use in its place.
const RATE_LIMITED: [i64; 3] = [-32005, -32007, 429];
/// Attempts on a node that can't be reached or stays silent: more would only make the user wait.
const ATTEMPTS_WHEN_SILENT: u32 = 2;

/// A node, spoken to in JSON-RPC.
pub(crate) struct Rpc {
    transport: Transport,
    retry: RetryPolicy,
}

/// Why a call gave no result.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The node doesn't know the method.
    NoMethod,
    /// The node knows it with other parameters.
    BadParams { code: i64, message: String },
    /// The node answered with an error.
    Refused { code: i64, message: String },
    /// There was no usable answer.
    Failed(BlockError),
}

/// What one attempt gave.
enum Attempt {
    Done(Box<RawValue>),
    Error(CallError),
    /// It may go better next time; if not, the error.
    Again {
        reason: String,
        attempts: u32,
        asked: Option<Duration>,
        error: Box<dyn FnOnce(u32) -> BlockError>,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    /// `null` is a result too: "no such block".
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<Value>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl Rpc {
    pub(crate) fn new(transport: Transport, retry: RetryPolicy) -> Self {
        Self { transport, retry }
    }

    /// The node's URL as it may be shown.
    pub(crate) fn origin(&self) -> String {
        self.transport.endpoint().to_string()
    }

    /// `text` without secrets, cut to a readable length.
    pub(crate) fn clean(&self, text: &str) -> String {
        self.transport.endpoint().excerpt(text.as_bytes())
    }

    /// Calls `method`; the result may be JSON's `null`.
    pub(crate) fn call(
        &self,
        method: &str,
        params: &[Value],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Box<RawValue>, CallError> {
        let body =
            json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        progress(Progress::Calling {
            method: method.to_string(),
        });
        let mut attempt = 1;
        loop {
            let outcome = match self.transport.post(method, body.as_bytes(), progress) {
                Ok(answer) => self.read(method, answer),
                Err(fault) => self.fault(method, fault),
            };
            let (reason, attempts, asked, error) = match outcome {
                Attempt::Done(result) => return Ok(result),
                Attempt::Error(error) => return Err(error),
                Attempt::Again {
                    reason,
                    attempts,
                    asked,
                    error,
                } => (reason, attempts, asked, error),
            };
            let pause = self
                .retry
                .pause(attempt, asked)
                .filter(|_| attempt < attempts);
            let Some(pause) = pause else {
                return Err(CallError::Failed(error(attempt)));
            };
            attempt += 1;
            progress(Progress::Retrying {
                method: method.to_string(),
                reason,
                wait_ms: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                attempt,
                of: attempts,
            });
            std::thread::sleep(pause);
        }
    }

    fn read(&self, method: &str, answer: Answer) -> Attempt {
        // serde would read an array as the envelope's fields in order
        let is_object = answer.body.trim_ascii_start().starts_with(b"{");
        let envelope = serde_json::from_slice::<Envelope<'_>>(&answer.body)
            .ok()
            .filter(|_| is_object);
        let error = envelope
            .as_ref()
            .and_then(|envelope| envelope.error.as_ref())
            .filter(|error| !error.is_null());
        let error = error.map(|error| self.node_error(error));
        // gateways send "no such method" with all kinds of statuses
        match error {
            Some((code, message)) if is_no_method(code, &message) => {
                Attempt::Error(CallError::NoMethod)
            }
            Some((code, message)) if code == BAD_PARAMS => {
                Attempt::Error(CallError::BadParams { code, message })
            }
            Some((code, message)) if answer.status == 429 || RATE_LIMITED.contains(&code) => {
                self.rate_limited(method, &answer, format!("{code} {message}"))
            }
            _ if answer.status == 429 => self.rate_limited(method, &answer, "HTTP 429".to_string()),
            error if answer.status >= 500 => {
                let message = error.map_or_else(|| self.text(&answer), |(_, message)| message);
                self.server_fault(method, &answer, message)
            }
            Some((code, message)) => Attempt::Error(CallError::Refused { code, message }),
            None => match (answer.status, envelope.and_then(|envelope| envelope.result)) {
                (200..=299, Some(result)) => Attempt::Done(result.to_owned()),
                _ => Attempt::Error(CallError::Failed(self.not_an_answer(method, &answer))),
            },
        }
    }

    fn node_error(&self, error: &Value) -> (i64, String) {
        let code = error
            .get("code")
            .and_then(|code| code.as_i64().or_else(|| code.as_str()?.parse().ok()));
        let message = error.get("message").unwrap_or(error);
        let message = message
            .as_str()
            .map_or_else(|| message.to_string(), str::to_string);
        (code.unwrap_or_default(), self.clean(&message))
    }

    fn rate_limited(&self, method: &str, answer: &Answer, reason: String) -> Attempt {
        let (origin, method, wait) = (self.origin(), method.to_string(), answer.retry_after);
        Attempt::Again {
            reason,
            attempts: self.retry.attempts,
            asked: wait,
            error: Box::new(move |attempts| BlockError::RateLimited {
                origin,
                method,
                attempts,
                wait_s: wait.map(|wait| wait.as_secs()),
            }),
        }
    }

    fn server_fault(&self, method: &str, answer: &Answer, message: String) -> Attempt {
        let (origin, method, status) = (self.origin(), method.to_string(), answer.status);
        Attempt::Again {
            reason: format!("HTTP {status}"),
            attempts: self.retry.attempts,
            asked: answer.retry_after,
            error: Box::new(move |attempts| BlockError::ServerFault {
                origin,
                method,
                status,
                attempts,
                message,
            }),
        }
    }

    fn fault(&self, method: &str, fault: Fault) -> Attempt {
        let (origin, method) = (self.origin(), method.to_string());
        let attempts = self.retry.attempts;
        let silent = attempts.min(ATTEMPTS_WHEN_SILENT);
        let (reason, attempts, error) = match fault {
            Fault::TooLarge => {
                let limit = self.transport.limits().bytes;
                return Attempt::Error(CallError::Failed(BlockError::TooLarge {
                    origin,
                    method,
                    limit,
                }));
            }
            // the same certificate comes again
            Fault::Untrusted(cause) => {
                let error = BlockError::Untrusted { origin, cause };
                return Attempt::Error(CallError::Failed(error));
            }
            Fault::Unreachable(cause) => (
                cause.clone(),
                silent,
                BlockError::Unreachable { origin, cause },
            ),
            Fault::Timeout => {
                let seconds = self.transport.limits().answer.as_secs_f64();
                (
                    "no answer in time".to_string(),
                    silent,
                    BlockError::Timeout {
                        origin,
                        method,
                        seconds,
                    },
                )
            }
            Fault::Interrupted(cause) => (
                cause.clone(),
                attempts,
                BlockError::Interrupted {
                    origin,
                    method,
                    cause,
                },
            ),
        };
        Attempt::Again {
            reason,
            attempts,
            asked: None,
            error: Box::new(move |_| error),
        }
    }

    /// What a body that is no JSON-RPC response says, where it is text.
    fn text(&self, answer: &Answer) -> String {
        match is_html(answer) {
            true => String::new(),
            false => self.transport.endpoint().excerpt(&answer.body),
        }
    }

    fn not_an_answer(&self, method: &str, answer: &Answer) -> BlockError {
        let (origin, method, status) = (self.origin(), method.to_string(), answer.status);
        let message = self.text(answer);
        match status {
            401 | 403 => BlockError::AccessDenied {
                origin,
                status,
                message,
            },
            200..=299 => {
                let what = match answer.body.first() {
                    None => "an empty body",
                    _ if is_html(answer) => "an HTML page",
                    _ if serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_ok() => {
                        "other JSON"
                    }
                    Some(b'{' | b'[') => "broken JSON",
                    _ => "a text",
                };
                BlockError::NotJsonRpc {
                    origin,
                    method,
                    what: what.to_string(),
                    start: message,
                }
            }
            _ => BlockError::HttpStatus {
                origin,
                method,
                status,
                message,
            },
        }
    }
}

fn is_html(answer: &Answer) -> bool {
    let start = String::from_utf8_lossy(&answer.body[..answer.body.len().min(256)])
        .trim_start()
        .to_ascii_lowercase();
    answer.content_type.starts_with("text/html")
        || start.starts_with("<!doctype html")
        || start.starts_with("<html")
}

/// Providers that don't offer a method say so in many ways.
fn is_no_method(code: i64, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let says = [
        "not found",
        "not supported",
        "unsupported",
        "not exist",
        "not available",
        "whitelist",
        "not allowed",
    ];
    NO_METHOD.contains(&code)
        || (message.contains("method") && says.iter().any(|words| message.contains(words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_methods_are_recognised_in_every_dialect() {
        for (code, message) in [
            (
                -32601,
                "the method debug_executionWitness does not exist/is not available",
            ),
            (
                -32600,
                "Unsupported method: debug_executionWitness on ETH_MAINNET",
            ),
            (-32000, "Method debug_getRawBlock is not whitelisted"),
            (-32004, "whatever"),
        ] {
            assert!(is_no_method(code, message), "{code} {message}");
        }
        assert!(!is_no_method(-32000, "block not found"));
        assert!(!is_no_method(-32603, "method handler crashed"));
    }
}
