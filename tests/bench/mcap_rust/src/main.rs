// The Rust crate `mcap` writing the messages of tests/bench/mcap_bench.c: the peer of the figures
// mcap_small and mcap_image.
// Usage: mcap_bench OUT small|image none|lz4|zstd LEVEL THREADS BYTES DATA
// Prints one line: seconds and the size of the file.
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let size: usize = if args[2] == "small" { 400 } else { 640 * 480 * 3 };
    let total: usize = args[6].parse().unwrap();
    // the same bytes for both: made once by the driver
    let data = std::fs::read(&args[7]).unwrap();
    let compression = match args[3].as_str() {
        "lz4" => Some(mcap::Compression::Lz4),
        "zstd" => Some(mcap::Compression::Zstd),
        _ => None,
    };
    let options = mcap::WriteOptions::new()
        .profile("ros2")
        .library("bench")
        .compression(compression)
        .compression_level(args[4].parse().unwrap())
        .compression_threads(args[5].parse().unwrap())
        .chunk_size(Some(1024 * 1024));

    let begin = Instant::now();
    let file = File::create(&args[1]).unwrap();
    let mut writer = options.create(BufWriter::new(file)).unwrap();
    let schema = writer.add_schema("bench/msg/Bytes", "ros2msg", b"uint8[] data\n").unwrap();
    let channel = writer.add_channel(schema, "/bench", "cdr", &BTreeMap::new()).unwrap();
    let mut at = 0;
    for i in 0..(total / size) as u64 {
        let header = mcap::records::MessageHeader {
            channel_id: channel,
            sequence: i as u32,
            log_time: 1_000_000_000 + i * 1_000_000,
            publish_time: 1_000_000_000 + i * 1_000_000,
        };
        writer.write_to_known_channel(&header, &data[at..at + size]).unwrap();
        at += size;
        if at + size > data.len() {
            at = 0;
        }
    }
    writer.finish().unwrap();
    drop(writer);
    let seconds = begin.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(&args[1]).unwrap().len();
    println!("{seconds:.6} {bytes}");
}
