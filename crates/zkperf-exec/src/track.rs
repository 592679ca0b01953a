//! A coarse track of what ran when.

/// Width of the first buckets, in steps.
const FIRST_BUCKET: u64 = 1 << 12;
/// At this many buckets, every other one is dropped and the width doubles.
const MOST_BUCKETS: usize = 8192;

/// Which context ran at the end of each bucket of steps. Its buckets widen as the run grows.
#[derive(Debug)]
pub struct Track {
    /// Steps a bucket covers.
    pub bucket: u64,
    /// The call tree's node that ran when each bucket closed.
    pub nodes: Vec<u32>,
}

impl Default for Track {
    fn default() -> Self {
        Self {
            bucket: FIRST_BUCKET,
            nodes: Vec::new(),
        }
    }
}

impl Track {
    /// Closes a bucket; [`Self::bucket`] may grow.
    pub fn push(&mut self, node: u32) {
        self.nodes.push(node);
        if self.nodes.len() >= MOST_BUCKETS {
            let mut index = 0;
            self.nodes.retain(|_| {
                index += 1;
                index % 2 == 0
            });
            self.bucket *= 2;
        }
    }
}
