use earmark_core::{audio::*, embed::*, platform, time::SampleRate};
fn cpu() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1e9
}
use std::{num::NonZeroUsize, ops::ControlFlow, time::Instant};
fn main() {
    let rt = Runtime::load(&platform::runtime_candidates()).unwrap();
    let m = find_models(&platform::model_folders()).remove(0).unwrap();
    let secs = 120usize;
    for hz in [44_100u32, 48_000, 96_000] {
        let mut s = 1u32;
        let v: Vec<f32> = (0..hz as usize * secs)
            .map(|_| {
                s ^= s << 13;
                s ^= s >> 17;
                s ^= s << 5;
                s as f32 / u32::MAX as f32 - 0.5
            })
            .collect();
        let mut src = MemorySource::new(SampleRate::new(hz).unwrap(), v);
        let mut r = ModelRateReader::new(&mut src, m.sample_rate()).unwrap();
        let n = r.frames() as usize;
        let mut out = vec![0.0; n];
        let t = cpu();
        r.read(0, &mut out).unwrap();
        println!("{hz}: read {:.0}x", secs as f64 / (cpu() - t));
        let FrontEnd::LogMel(set) = m.file().front_end;
        let mut lm = LogMel::new(&set, m.sample_rate()).unwrap();
        let mut o = Vec::new();
        let t = cpu();
        lm.process(&out, &mut o);
        println!("  logmel {:.0}x", secs as f64 / (cpu() - t));
        for th in [1usize, 2] {
            let t = Instant::now();
            let mut e = Embedder::open(&rt, &m, NonZeroUsize::new(th).unwrap()).unwrap();
            print!(
                "  {th} threads: open {:.0} ms",
                t.elapsed().as_secs_f64() * 1e3
            );
            let mut best = 0.0f64;
            let mut bc = 0.0f64;
            for _ in 0..3 {
                let c = cpu();
                let t = Instant::now();
                let v = e
                    .embed(&mut r, 0..u64::MAX, &mut |_| ControlFlow::Continue(()))
                    .unwrap();
                assert!(!v.is_empty());
                bc = bc.max(secs as f64 / (cpu() - c));
                best = best.max(secs as f64 / t.elapsed().as_secs_f64());
            }
            println!(", embed {best:.0}x wall, {bc:.0}x cpu of this thread");
        }
    }
    println!(
        "{}",
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|l| l.starts_with("VmHWM"))
            .unwrap()
    );
}
