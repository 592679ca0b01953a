//! One HTTP POST to a node, and how faults are sorted.

use crate::endpoint::Endpoint;
use crate::error::BlockError;
use crate::progress::Progress;
use serde::Serialize;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};
use ureq::tls::{parse_pem, PemItem, RootCerts, TlsConfig};
use ureq::Agent;

/// How often a progress event is sent while an answer arrives, in bytes.
const REPORT_EVERY: u64 = 1 << 20;

/// When a failed call is made again: after HTTP 429 and 5xx and after a broken connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RetryPolicy {
    /// Attempts in all; at least one is made. A node that can't be reached or doesn't answer gets at most two.
    pub attempts: u32,
    /// Pause before the second attempt; it doubles from then on.
    pub first_wait: Duration,
    /// Longest pause. A node that asks for a longer one (`Retry-After`) is not waited for.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Pause after the failed attempt `attempt` (from 1), or `None` if the node wants a longer one than is allowed.
    pub(crate) fn pause(&self, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        let own = self
            .first_wait
            .saturating_mul(1u32.checked_shl(attempt - 1).unwrap_or(u32::MAX));
        match asked {
            Some(asked) if asked > self.longest_wait => None,
            asked => Some(own.min(self.longest_wait).max(asked.unwrap_or_default())),
        }
    }
}

/// What one call may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Time to resolve the name and connect.
    pub connect: Duration,
    /// Time until the answer starts, and again until it is complete.
    pub answer: Duration,
    /// Largest answer, in bytes after decompression.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(300),
            bytes: 1 << 30,
        }
    }
}

/// An answer of any status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    Unreachable(String),
    Untrusted(String),
    Timeout,
    Interrupted(String),
    TooLarge,
}

/// The HTTP side of a node.
pub(crate) struct Transport {
    agent: Agent,
    endpoint: Endpoint,
    limits: Limits,
}

impl Transport {
    /// Speaks to `endpoint`. An `https://` node's certificate must lead to one of the bundled root certificates (Mozilla's), or to one
    /// in the PEM file `trusted`.
    pub(crate) fn new(
        endpoint: Endpoint,
        limits: Limits,
        trusted: Option<&Path>,
    ) -> Result<Self, BlockError> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // a redirected POST would carry the call, and maybe the key, to a host nobody named
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("zkperf/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_recv_response(Some(limits.answer))
            .timeout_recv_body(Some(limits.answer));
        if endpoint.is_loopback() {
            config = config.proxy(None);
        }
        if let Some(path) = trusted {
            let roots = RootCerts::new_with_certs(&certificates(path)?);
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        Ok(Self {
            agent: config.build().new_agent(),
            endpoint,
            limits,
        })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sends `body` and reads the answer in full.
    pub(crate) fn post(
        &self,
        method: &str,
        body: &[u8],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, Fault> {
        let mut request = self
            .agent
            .post(self.endpoint.url())
            .header("content-type", "application/json");
        if let Some(value) = self.endpoint.authorization() {
            request = request.header("authorization", value);
        }
        let response = request.send(body).map_err(|error| self.sort(error))?;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let mut answer = Answer {
            status: response.status().as_u16(),
            content_type: header("content-type").unwrap_or_default().to_string(),
            retry_after: header("retry-after")
                .and_then(|value| retry_after(value, SystemTime::now())),
            body: Vec::new(),
        };
        // the length of a compressed body says nothing about what comes out
        let of = response
            .body()
            .content_length()
            .filter(|_| header("content-encoding").is_none());
        let mut reader = response
            .into_body()
            .into_with_config()
            .limit(self.limits.bytes)
            .reader();
        let mut buffer = vec![0; 64 << 10];
        let mut reported = 0;
        loop {
            let got = match reader.read(&mut buffer) {
                Ok(0) => return Ok(answer),
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.sort(error.into())),
            };
            answer.body.extend_from_slice(&buffer[..got]);
            let bytes = answer.body.len() as u64;
            if bytes - reported >= REPORT_EVERY {
                reported = bytes;
                progress(Progress::Receiving {
                    method: method.to_string(),
                    bytes,
                    of,
                });
            }
        }
    }

    /// Sorts what the HTTP library reports. Its texts may quote the URL, so they are scrubbed.
    fn sort(&self, error: ureq::Error) -> Fault {
        use ureq::Error as E;
        let text = |error: &dyn std::fmt::Display| self.endpoint.scrub(&error.to_string());
        match error {
            E::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
                Fault::Unreachable(format!("no connection within {:?}", self.limits.connect))
            }
            E::Timeout(_) => Fault::Timeout,
            E::BodyExceedsLimit(_) => Fault::TooLarge,
            E::HostNotFound => Fault::Unreachable("the host's name is unknown".to_string()),
            E::ConnectionFailed => Fault::Unreachable("the connection failed".to_string()),
            E::Io(cause) => match cause.kind() {
                io::ErrorKind::ConnectionRefused => {
                    Fault::Unreachable("connection refused".to_string())
                }
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Fault::Timeout,
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => {
                    Fault::Interrupted("the node closed the connection".to_string())
                }
                // what rustls says of a certificate arrives like this
                io::ErrorKind::InvalidData if cause.to_string().contains("certificate") => {
                    Fault::Untrusted(text(&cause))
                }
                _ => Fault::Unreachable(text(&cause)),
            },
            E::Protocol(cause) => {
                Fault::Interrupted(format!("not HTTP as expected, {}", text(&cause)))
            }
            E::Decompress(_, cause) => {
                Fault::Interrupted(format!("its compression is broken, {}", text(&cause)))
            }
            other => Fault::Unreachable(text(&other)),
        }
    }
}

/// The certificates of a PEM file; at least one.
fn certificates(path: &Path) -> Result<Vec<ureq::tls::Certificate<'static>>, BlockError> {
    let bad = |cause: String| BlockError::BadCertificates {
        path: path.to_path_buf(),
        cause,
    };
    let pem = crate::atomic::read(path)?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| bad(error.to_string()))? {
            found.push(certificate);
        }
    }
    match found.is_empty() {
        true => Err(bad("it holds no certificate".to_string())),
        false => Ok(found),
    }
}

/// Reads `Retry-After`: seconds or a date.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(value)
            .ok()
            .map(|at| at.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy = RetryPolicy {
            attempts: 9,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(3),
        };
        let pause =
            |attempt, asked: Option<u64>| policy.pause(attempt, asked.map(Duration::from_secs));
        assert_eq!(pause(1, None), Some(Duration::from_millis(500)));
        assert_eq!(pause(2, None), Some(Duration::from_secs(1)));
        assert_eq!(pause(4, None), Some(Duration::from_secs(3)));
        assert_eq!(pause(200, None), Some(Duration::from_secs(3)));
        assert_eq!(pause(1, Some(2)), Some(Duration::from_secs(2)));
        assert_eq!(pause(1, Some(4)), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after(" 7 ", now), Some(Duration::from_secs(7)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now),
            Some(Duration::from_secs(10))
        );
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon", now), None);
    }
}
