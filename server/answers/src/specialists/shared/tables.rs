//! Tables of calls from outside: what reads and writes data, what loads and runs models.

use crate::calls::Row;

/// What a call does with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Data {
    ReadsFrame,
    WritesFrame,
    ReadsArray,
    WritesArray,
    Video,
    Dataset,
}

/// Packages without which `?.to_csv` says nothing.
pub(super) const FRAME_PACKAGES: &[&str] =
    &["pandas", "polars", "dask", "pyarrow", "modin", "cudf", "geopandas", "pyspark"];

macro_rules! rows {
    ($kind:expr; $($path:literal),* $(,)?) => { [$(Row { path: $path, kind: $kind }),*] };
}

const READS_FRAME: [Row<Data>; 22] = rows![Data::ReadsFrame;
    "pandas.read_csv", "pandas.read_parquet", "pandas.read_sql", "pandas.read_sql_query", "pandas.read_sql_table",
    "pandas.read_excel", "pandas.read_json", "pandas.read_feather", "pandas.read_hdf", "pandas.read_pickle",
    "pandas.read_table", "polars.read_csv", "polars.read_parquet", "polars.read_json", "polars.read_database",
    "polars.scan_csv", "polars.scan_parquet", "dask.dataframe.read_csv", "dask.dataframe.read_parquet",
    "pyarrow.parquet.read_table", "pyarrow.csv.read_csv", "geopandas.read_file",
];
const WRITES_FRAME: [Row<Data>; 10] = rows![Data::WritesFrame;
    "?.to_csv", "?.to_parquet", "?.to_sql", "?.to_excel", "?.to_feather", "?.to_hdf", "?.to_pickle", "?.write_csv",
    "?.write_parquet", "pyarrow.parquet.write_table",
];
const READS_ARRAY: [Row<Data>; 7] = rows![Data::ReadsArray;
    "numpy.load", "numpy.loadtxt", "numpy.genfromtxt", "numpy.fromfile", "numpy.memmap", "h5py.File", "zarr.open",
];
const WRITES_ARRAY: [Row<Data>; 4] =
    rows![Data::WritesArray; "numpy.save", "numpy.savez", "numpy.savez_compressed", "numpy.savetxt"];
const VIDEO: [Row<Data>; 5] =
    rows![Data::Video; "cv2.VideoCapture", "cv2.VideoWriter", "cv2.imread", "cv2.imwrite", "av.open"];
const DATASETS: [Row<Data>; 4] = rows![Data::Dataset;
    "torch.utils.data.DataLoader", "datasets.load_dataset", "datasets.load_from_disk", "tensorflow.data.TFRecordDataset",
];

/// All readers and writers.
pub(super) fn data() -> Vec<Row<Data>> {
    let all = [READS_FRAME.as_slice(), &WRITES_FRAME, &READS_ARRAY, &WRITES_ARRAY, &VIDEO, &DATASETS];
    all.into_iter().flatten().map(|row| Row { path: row.path, kind: row.kind }).collect()
}

/// What is done with a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Model {
    /// Loaded from a file that may hold code.
    LoadsCode,
    /// Loaded from a file that holds numbers alone.
    Loads,
    /// Loaded by name from a hub or a folder: what it is made of depends on what is there.
    FromHub,
    Saves,
}

/// Packages without which `?.from_pretrained` says nothing.
pub(super) const MODEL_PACKAGES: &[&str] =
    &["transformers", "diffusers", "sentence_transformers", "torch", "tensorflow", "keras", "peft"];

const LOADS_CODE: [Row<Model>; 10] = rows![Model::LoadsCode;
    "torch.load", "torch.jit.load", "torch.hub.load", "ultralytics.YOLO", "joblib.load", "dill.load", "cloudpickle.load", "keras.models.load_model",
    "tensorflow.keras.models.load_model", "tensorflow.saved_model.load",
];
const LOADS: [Row<Model>; 9] = rows![Model::Loads;
    "onnxruntime.InferenceSession", "safetensors.torch.load_file", "safetensors.safe_open", "onnx.load",
    "tflite_runtime.interpreter.Interpreter", "tensorflow.lite.Interpreter", "cv2.dnn.readNet",
    "cv2.dnn.readNetFromONNX", "faster_whisper.WhisperModel",
];
const FROM_HUB: [Row<Model>; 1] = rows![Model::FromHub; "?.from_pretrained"];
const SAVES: [Row<Model>; 6] = rows![Model::Saves;
    "torch.save", "torch.onnx.export", "joblib.dump", "safetensors.torch.save_file", "?.save_pretrained", "onnx.save",
];

/// All that loads or saves models.
pub(super) fn models() -> Vec<Row<Model>> {
    let all = [LOADS_CODE.as_slice(), &LOADS, &FROM_HUB, &SAVES];
    all.into_iter().flatten().map(|row| Row { path: row.path, kind: row.kind }).collect()
}
