//! Bytes of a shard's results, with a checksum that fits: what is accepted holds scores and regions that make sense.
#![no_main]

use std::path::Path;

use earmark_core::shard::FileResult;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("fuzzed.result");
    let sealed = earmark_fuzz::sealed(bytes);
    for bytes in [bytes, &sealed] {
        let Ok(result) = FileResult::from_bytes(bytes, path) else {
            continue;
        };
        assert_eq!(result.found.len(), result.file.sounds.len());
        for region in result.found.iter().flat_map(|found| &found.regions) {
            assert!(region.span.end_s() >= region.span.start_s());
            assert!((0.0..=1.0).contains(&region.score));
        }
        let again = FileResult::from_bytes(&result.to_bytes(), path).expect("what was written is read");
        assert_eq!(again.file.path, result.file.path);
        assert_eq!(again.found.len(), result.found.len());
    }
});
