//! Bytes of packs, with a checksum that fits: what is accepted can score, and is the same after it was written again.
#![no_main]

use std::path::Path;

use earmark_core::pack::Pack;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("fuzzed.earmark");
    let sealed = earmark_fuzz::sealed(bytes);
    for bytes in [bytes, &sealed] {
        let Ok(pack) = Pack::from_bytes(bytes, path) else {
            continue;
        };
        let again = Pack::from_bytes(&pack.to_bytes(), path).expect("what was written is read");
        assert_eq!(again.about, pack.about);
        assert_eq!(again.classifier_bytes(), pack.classifier_bytes());
        let vectors = vec![0.5; pack.classifier().dims()];
        assert_eq!(pack.classifier().predict(&vectors).len(), 1);
    }
});
