use super::*;

fn drawn(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
    usize::try_from(*seed >> 33).unwrap()
}

/// Random text of so many bytes.
fn text(seed: &mut u64, length: usize) -> String {
    (0..length).map(|_| char::from(u8::try_from(drawn(seed) % 128).unwrap())).collect()
}

#[test]
fn every_kernel_hashes_every_length_as_the_md5_crate_does() {
    let mut seed = 1;
    let available = Kernel::available();
    for name in Kernel::NAMES {
        if !available.iter().any(|kernel| kernel.name() == name) {
            println!("NOT RUN: this machine has no {name}");
        }
    }
    assert!(available.iter().any(|kernel| kernel.name() == "portable"));
    for kernel in available {
        let mut hasher = Hasher::new(kernel);
        for salt in (0..70).step_by(9).chain([55, 56, 63, 64, 127, 130]) {
            let salt = text(&mut seed, salt);
            let ready = Salt::new(&salt);
            // In order, then at random, so that messages of all lengths follow each other and stand side by side.
            let random: Vec<usize> = (0..200).map(|_| drawn(&mut seed) % 260).collect();
            let lengths = (0..=200).rev().chain(random).chain([300, 0, 251, 1]);
            let keys: Vec<String> = lengths.map(|length| text(&mut seed, length)).collect();
            let texts: Vec<&str> = keys.iter().map(String::as_str).collect();
            let rows: Vec<u32> = (0..u32::try_from(keys.len()).unwrap()).collect();
            let mut found = vec![None; keys.len()];
            hasher.hash(&ready, &rows, &texts, |row, hash| found[row] = Some(hash));
            for (key, found) in keys.iter().zip(found) {
                let [a, b, c, d, ..] = md5::compute(format!("{salt}-{key}")).0;
                assert_eq!(found, Some(u32::from_be_bytes([a, b, c, d])), "{} {salt:?} {key:?}", kernel.name());
            }
        }
    }
}
