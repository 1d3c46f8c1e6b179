//! What was made out of a snapshot's files and is asked for again and again: kept in memory, in a bounded number of bytes.

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use smallvec::SmallVec;
use std::sync::Arc;

/// Parts of a cache that are locked apart. A value has to fit into one of them, so that there are no more on a machine of
/// more cores.
const SHARDS: usize = 8;
/// About how many bytes a value has: how many the cache makes room for.
const USUAL_BYTES: u64 = 4 << 10;
/// What a value costs in the cache beside itself and its key.
const ENTRY_BYTES: usize = 128;

/// So long keys lie in the cache itself: that of one term, or of a list of areas in a few languages.
type Key = SmallVec<[u8; 16]>;

/// A value that knows how much memory it takes.
pub(super) trait Bytes {
    fn bytes(&self) -> usize;
}

/// Values by key: those that nobody has asked for lately make room for others.
pub(super) struct Kept<V>(Cache<Key, Arc<V>, ByBytes>);

#[derive(Debug, Clone)]
struct ByBytes;

impl<V: Bytes> Weighter<Key, Arc<V>> for ByBytes {
    fn weight(&self, key: &Key, value: &Arc<V>) -> u64 {
        (ENTRY_BYTES + key.len() + value.bytes()) as u64
    }
}

impl<V: Bytes> Kept<V> {
    /// Room for values of so many bytes together.
    pub(super) fn at_most(bytes: u64) -> Kept<V> {
        let usual = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .estimated_items_capacity(usual)
            .weight_capacity(bytes)
            .shards(SHARDS)
            .build()
            .expect("both capacities are given");
        let (hasher, life) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
        Kept(Cache::with_options(options, ByBytes, hasher, life))
    }

    /// The value of a key, made out when it is not there.
    pub(super) fn get(&self, key: &[u8], make: impl FnOnce() -> V) -> Arc<V> {
        self.0.get(key).unwrap_or_else(|| {
            let value = Arc::new(make());
            self.0.insert(key.into(), Arc::clone(&value));
            value
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Bytes for Vec<u8> {
        fn bytes(&self) -> usize {
            self.len()
        }
    }

    #[test]
    fn what_is_there_is_not_made_again_and_room_is_bounded() {
        let kept: Kept<Vec<u8>> = Kept::at_most(256 << 10);
        assert_eq!(*kept.get(b"a", || vec![1]), [1]);
        assert_eq!(*kept.get(b"a", || vec![2]), [1]);
        for n in 0..1_000_u32 {
            kept.get(&n.to_le_bytes(), || vec![0; 1 << 10]);
        }
        let weight = kept.0.weight();
        assert!((128 << 10..=256 << 10).contains(&weight), "{weight}");
    }
}
