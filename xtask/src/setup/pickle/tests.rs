//! Pickles written by hand.

use super::*;

/// `{"w": tensor of shape (2, 3) in storage "7"}` as `torch.save` writes it.
pub fn state_dict() -> Vec<u8> {
    let mut bytes = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01(".to_vec();
    bytes.extend(b"X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n(");
    bytes.extend(b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x007X\x03\x00\x00\x00cpuK\x06tQ");
    bytes.extend(b"K\x00K\x02K\x03\x86K\x03K\x01\x86\x89h\x00)RtRu.");
    bytes
}

#[test]
fn a_state_dictionary_gives_its_tensors() {
    let tensors = read_state_dict(&state_dict()).unwrap();
    let tensor = &tensors["w"];
    assert_eq!(
        tensor.storage,
        Storage {
            key: "7".into(),
            element_type: ElementType::Float32
        }
    );
    assert_eq!(
        (tensor.offset, &tensor.shape[..], &tensor.stride[..]),
        (0, &[2, 3][..], &[3, 1][..])
    );
}

#[test]
fn a_global_that_could_run_code_is_refused_by_name() {
    let error = read_state_dict(b"\x80\x02cos\nsystem\n.").unwrap_err();
    assert!(format!("{error:#}").contains("os.system"), "{error:#}");
}

#[test]
fn every_truncation_is_an_error_and_never_a_panic() {
    let bytes = state_dict();
    for length in 0..bytes.len() {
        assert!(
            read_state_dict(&bytes[..length]).is_err(),
            "cut to {length} bytes"
        );
    }
}
