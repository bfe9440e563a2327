//! What keeps an event loop from turning: outside functions and methods, by what they spend the time on.
//!
//! Waits for queues, threads and the network that the table of [`crate::shared::blocking`] has are not repeated here.

/// What the time is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Sleeping.
    Sleep,
    /// An answer over the network.
    Network,
    /// Another program.
    Program,
    /// Another thread or process.
    Peer,
    /// Files, and what is in them.
    File,
    /// A hash that is slow on purpose.
    Hash,
    /// A person at the keyboard.
    Console,
    /// A device.
    Device,
    /// Drawing or encoding.
    Rendering,
    /// A model.
    Inference,
}

/// Dotted functions, `module.*` for all of a module.
pub const FUNCTIONS: &[(Work, &[&str])] = &[
    (Work::Sleep, &["time.sleep"]),
    (
        Work::Network,
        &[
            "socket.gethostbyname",
            "socket.getaddrinfo",
            "socket.gethostbyaddr",
            "urllib.request.urlretrieve",
            "urllib3.request",
            "requests.request",
            "wget.download",
            "psycopg2.connect",
            "psycopg.connect",
            "pymysql.connect",
            "MySQLdb.connect",
            "mysql.connector.connect",
            "huggingface_hub.snapshot_download",
            "huggingface_hub.hf_hub_download",
            "openai.ChatCompletion.create",
            "openai.Completion.create",
            "openai.Embedding.create",
            "litellm.completion",
            "litellm.embedding",
            "replicate.run",
            "ollama.chat",
            "ollama.generate",
            "ollama.embeddings",
            "ollama.embed",
            "ollama.pull",
        ],
    ),
    (
        Work::Program,
        &["os.system", "os.wait", "os.waitpid", "subprocess.getoutput", "subprocess.getstatusoutput", "pexpect.run"],
    ),
    (
        Work::Peer,
        &[
            "concurrent.futures.wait",
            "concurrent.futures.as_completed",
            "multiprocessing.connection.wait",
            "torch.distributed.barrier",
            "torch.distributed.all_reduce",
            "torch.distributed.all_gather",
            "torch.distributed.all_gather_object",
            "torch.distributed.all_gather_into_tensor",
            "torch.distributed.all_to_all",
            "torch.distributed.broadcast",
            "torch.distributed.broadcast_object_list",
            "torch.distributed.gather",
            "torch.distributed.gather_object",
            "torch.distributed.scatter",
            "torch.distributed.reduce",
            "torch.distributed.reduce_scatter",
            "torch.distributed.recv",
            "torch.distributed.send",
            "torch.distributed.init_process_group",
            "torch.cuda.synchronize",
            "signal.pause",
        ],
    ),
    (
        Work::File,
        &[
            "shutil.rmtree",
            "shutil.copytree",
            "shutil.move",
            "shutil.copy",
            "shutil.copy2",
            "shutil.copyfile",
            "shutil.copyfileobj",
            "shutil.make_archive",
            "shutil.unpack_archive",
            "hashlib.file_digest",
            "cv2.imread",
            "cv2.imwrite",
            "pandas.read_csv",
            "pandas.read_parquet",
            "pandas.read_excel",
            "pandas.read_pickle",
            "pandas.read_hdf",
            "pandas.read_sql",
            "soundfile.read",
            "soundfile.write",
            "librosa.load",
            "torchaudio.load",
            "torchaudio.save",
        ],
    ),
    (
        Work::Hash,
        &[
            "hashlib.pbkdf2_hmac",
            "hashlib.scrypt",
            "bcrypt.hashpw",
            "bcrypt.checkpw",
            "bcrypt.kdf",
            "argon2.hash_password",
            "argon2.low_level.hash_secret",
            "werkzeug.security.generate_password_hash",
            "werkzeug.security.check_password_hash",
            "django.contrib.auth.hashers.make_password",
            "django.contrib.auth.hashers.check_password",
        ],
    ),
    (Work::Console, &["builtins.input", "getpass.getpass"]),
    (
        Work::Rendering,
        &[
            "bokeh.plotting.save",
            "bokeh.io.save",
            "bokeh.io.export_png",
            "matplotlib.pyplot.savefig",
            "pdf2image.convert_from_path",
            "pdf2image.convert_from_bytes",
        ],
    ),
    (
        Work::Inference,
        &[
            "face_recognition.face_locations",
            "face_recognition.face_encodings",
            "face_recognition.face_landmarks",
            "face_recognition.batch_face_locations",
            "pytesseract.image_to_string",
            "pytesseract.image_to_data",
            "pytesseract.image_to_boxes",
            "whisper.transcribe",
            "deepface.DeepFace.analyze",
            "deepface.DeepFace.represent",
            "deepface.DeepFace.verify",
            "deepface.DeepFace.find",
            "deepface.DeepFace.extract_faces",
        ],
    ),
];

/// Classes with their methods; `""` calls the object itself.
pub const METHODS: &[(Work, &[&str], &[&str])] = &[
    (Work::Network, &["socket.socket"], &["accept", "sendall", "recvmsg"]),
    (Work::Network, &["urllib3.PoolManager", "urllib3.poolmanager.PoolManager"], &["request", "urlopen"]),
    (Work::Network, &["http.client.HTTPConnection", "http.client.HTTPSConnection"], &["request", "getresponse"]),
    (
        Work::Network,
        &["smtplib.SMTP", "smtplib.SMTP_SSL"],
        &["sendmail", "send_message", "login", "connect", "starttls"],
    ),
    (Work::Network, &["ftplib.FTP", "ftplib.FTP_TLS"], &["retrbinary", "storbinary", "login", "nlst"]),
    (Work::Network, &["paramiko.SSHClient", "paramiko.client.SSHClient"], &["connect", "exec_command"]),
    (
        Work::Network,
        &["redis.Redis", "redis.StrictRedis", "redis.client.Redis"],
        &[
            "get", "set", "hget", "hgetall", "hset", "lpush", "rpush", "lpop", "rpop", "blpop", "brpop", "publish",
            "delete", "ping", "exists", "expire", "incr", "keys", "sadd", "smembers", "setex",
        ],
    ),
    (Work::Peer, &["multiprocessing.pool.Pool"], &["map", "starmap", "apply", "join"]),
    (Work::Program, &["pexpect.spawn"], &["expect", "wait"]),
    (
        Work::Hash,
        &["passlib.context.CryptContext", "argon2.PasswordHasher"],
        &["hash", "verify", "verify_and_update", "encrypt"],
    ),
    (Work::Device, &["cv2.VideoCapture"], &["read", "grab"]),
    (Work::Device, &["serial.Serial"], &["read", "readline", "read_until"]),
    (Work::Device, &["pyttsx3.engine.Engine"], &["runAndWait"]),
    (Work::File, &["zipfile.ZipFile", "tarfile.TarFile"], &["extractall"]),
    (Work::Inference, &["onnxruntime.InferenceSession"], &["run", "run_with_iobinding"]),
    (
        Work::Inference,
        &["ultralytics.YOLO", "ultralytics.RTDETR", "ultralytics.SAM", "ultralytics.models.YOLO"],
        &["", "predict", "track", "train", "val", "export"],
    ),
    (Work::Inference, &["faster_whisper.WhisperModel"], &["transcribe", "detect_language"]),
    (
        Work::Inference,
        &["sentence_transformers.SentenceTransformer", "sentence_transformers.CrossEncoder"],
        &["encode", "predict", "rank"],
    ),
    (Work::Inference, &["easyocr.Reader"], &["readtext"]),
    (Work::Inference, &["paddleocr.PaddleOCR"], &["ocr", "predict"]),
    (Work::Inference, &["insightface.app.FaceAnalysis"], &["get"]),
    (Work::Inference, &["cv2.CascadeClassifier"], &["detectMultiScale"]),
    (Work::Inference, &["cv2.HOGDescriptor"], &["detectMultiScale"]),
    (Work::Inference, &["vllm.LLM"], &["generate", "chat", "encode", "embed"]),
    (
        Work::Inference,
        &["llama_cpp.Llama"],
        &["", "create_completion", "create_chat_completion", "embed", "create_embedding"],
    ),
    (Work::Inference, &["detectron2.engine.DefaultPredictor"], &[""]),
    (Work::Inference, &["fastembed.TextEmbedding"], &["embed"]),
    (Work::Inference, &["torch.nn.Module", "torch.nn.Sequential", "torch.jit.ScriptModule"], &["", "forward"]),
];

/// Clients that ask a service and wait, by the class at the root: `client.chat.completions.create(...)`.
pub const CLIENTS: &[(&str, &[&str])] = &[
    ("openai.OpenAI", &["create", "parse", "generate", "retrieve", "list", "upload"]),
    ("openai.AzureOpenAI", &["create", "parse", "generate", "retrieve", "list"]),
    ("anthropic.Anthropic", &["create", "stream", "count_tokens"]),
    ("groq.Groq", &["create"]),
    ("mistralai.Mistral", &["complete", "create"]),
    ("ollama.Client", &["chat", "generate", "embed", "embeddings", "pull", "list"]),
    ("qdrant_client.QdrantClient", &["search", "query_points", "upsert", "scroll", "delete", "get_collections"]),
    ("docker.DockerClient", &["run", "get", "list", "pull", "build", "wait", "logs", "stop"]),
];
