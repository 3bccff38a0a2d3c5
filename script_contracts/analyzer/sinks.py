"""What is known of libraries: which functions read and write files, and in which arguments.

One line per function, `direction shape positions`: direction is r, w or u (unknown), shape is `f` where the
path itself is opened as a file, `d` for a folder, `a` for either. Positions count arguments from 0.
A method is looked up by the end of its name alone, for the type of its object is rarely known.
"""

from __future__ import annotations

from dataclasses import dataclass

from script_contracts.analyzer.facts import Direction
from script_contracts.analyzer.values import Text, Value, options, words

PATH_KEYWORDS = (
    "path", "filename", "file", "fname", "filepath", "filepath_or_buffer", "path_or_buf", "io", "dir",
    "directory", "path_or_paths", "root_path", "base_dir", "root", "source", "where", "fp", "f",
    "save_directory", "file_name", "model_file", "uri", "folder", "dirname", "excel_writer", "paths",
)  # fmt: skip


@dataclass(frozen=True)
class Sink:
    """One way in which a function uses a path."""

    direction: Direction
    as_file: bool
    position: int | None
    keywords: tuple[str, ...] = PATH_KEYWORDS


def _parse(spec: str) -> tuple[Sink, ...]:
    directions = {"r": Direction.READ, "w": Direction.WRITE, "u": Direction.UNKNOWN}
    found = []
    for part in spec.split(","):
        direction, shape, position, *keywords = part.split()
        found.append(
            Sink(directions[direction], shape == "f", int(position), tuple(keywords) or PATH_KEYWORDS)
        )
    return tuple(found)


def _table(text: str) -> dict[str, tuple[Sink, ...]]:
    table = {}
    for line in text.strip().splitlines():
        names, _, spec = line.partition(":")
        for name in names.split():
            table[name] = _parse(spec.strip())
    return table


FUNCTIONS = _table(
    """
pandas.read_csv pandas.read_json pandas.read_excel pandas.read_table pandas.read_fwf: r f 0
pandas.read_pickle pandas.read_feather pandas.read_hdf pandas.read_xml pandas.read_stata: r f 0
pandas.read_parquet pandas.read_orc polars.read_parquet polars.scan_parquet dask.dataframe.read_csv: r a 0
pandas.to_pickle: w f 1
pandas.ExcelWriter pandas.HDFStore: w f 0
polars.read_csv polars.scan_csv polars.read_json polars.read_ndjson: r f 0
numpy.load numpy.loadtxt numpy.genfromtxt numpy.fromfile: r f 0
numpy.save numpy.savez numpy.savez_compressed numpy.savetxt: w f 0
numpy.memmap: u f 0
scipy.sparse.load_npz scipy.io.loadmat scipy.io.wavfile.read: r f 0
scipy.sparse.save_npz scipy.io.savemat scipy.io.wavfile.write: w f 0
joblib.load sklearn.externals.joblib.load cloudpickle.load_path: r f 0
joblib.dump sklearn.externals.joblib.dump: w f 1
sklearn.datasets.load_svmlight_file sklearn.datasets.load_svmlight_files: r f 0
sklearn.datasets.load_files: r d 0 container_path
sklearn.datasets.dump_svmlight_file: w f 2
torch.load torch.jit.load torch.export.load: r f 0
torch.jit.save torch.export.save torch.save: w f 1
torch.onnx.export: w f 2
safetensors.torch.load_file: r f 0
safetensors.torch.save_file: w f 1
torchvision.io.read_image torchaudio.load: r f 0
torchvision.utils.save_image: w f 1
torchvision.datasets.ImageFolder torchvision.datasets.DatasetFolder: r d 0
shutil.copy shutil.copy2 shutil.copyfile shutil.move: r a 0 src, w a 1 dst
shutil.copytree: r d 0 src, w d 1 dst
shutil.make_archive: w a 0 base_name, r d 2 root_dir, r d 3 base_dir
shutil.unpack_archive: r f 0, w d 1 extract_dir
distutils.dir_util.copy_tree: r d 0 src, w d 1 dst
os.rename os.replace os.link os.symlink: r a 0 src, w a 1 dst
os.chdir: u d 0
pyarrow.parquet.read_table pyarrow.parquet.ParquetDataset pyarrow.dataset.dataset: r a 0
pyarrow.parquet.ParquetFile pyarrow.parquet.read_schema pyarrow.parquet.read_metadata: r f 0
pyarrow.parquet.write_table pyarrow.csv.write_csv pyarrow.orc.write_table: w f 1
pyarrow.parquet.ParquetWriter pyarrow.csv.CSVWriter pyarrow.output_stream: w f 0
pyarrow.parquet.write_to_dataset: w d 1 root_path, w d 9 where
pyarrow.dataset.write_dataset: w d 1 base_dir
pyarrow.csv.read_csv pyarrow.csv.open_csv pyarrow.json.read_json pyarrow.input_stream: r f 0
pyarrow.feather.read_feather pyarrow.feather.read_table pyarrow.memory_map: r f 0
pyarrow.feather.write_feather: w f 1
fastparquet.ParquetFile: r a 0
fastparquet.write: w a 0
xgboost.DMatrix xgboost.QuantileDMatrix lightgbm.Dataset catboost.Pool: r a 0 data
xgboost.Booster lightgbm.Booster: r f 9 model_file
cv2.imread PIL.Image.open imageio.imread matplotlib.pyplot.imread matplotlib.image.imread: r f 0
cv2.imwrite imageio.imwrite matplotlib.pyplot.savefig matplotlib.pyplot.imsave: w f 0
datasets.load_from_disk: r d 0
tensorflow.keras.models.load_model keras.models.load_model tensorflow.saved_model.load: r a 0
tensorflow.saved_model.save: w d 1 export_dir
tensorflow.keras.models.save_model keras.models.save_model: w a 1
tensorflow.io.gfile.listdir tensorflow.io.gfile.glob tensorflow.data.TFRecordDataset: r a 0
tensorflow.io.TFRecordWriter: w f 0
tensorflow.io.write_file: w f 0
tensorflow.io.read_file: r f 0
logging.FileHandler logging.handlers.RotatingFileHandler: w f 0
logging.basicConfig: w f 99 filename
configparser.read: r f 0
os.listdir os.scandir os.walk os.fwalk glob.glob glob.iglob: r d 0 path top pathname
mlflow.log_artifact mlflow.log_artifacts: r a 0
runpy.run_path: r f 0
linecache.getlines fileinput.input: r f 0
ast.literal_eval: u a 99
onnx.load: r f 0
onnx.save onnx.save_model skl2onnx.save: w f 1
"""
)

METHODS = _table(
    """
to_csv to_json to_pickle to_excel to_feather to_hdf to_html to_markdown to_latex to_orc to_stata: w f 0
to_parquet: w a 0
write_csv write_parquet write_json write_ndjson write_ipc sink_parquet sink_csv: w f 0
savefig save_html write_html write_image savetxt: w f 0
save save_model save_weights save_to_disk save_checkpoint save_state save_all export_model: w a 0
save_pretrained push_to_disk: w d 0
dump_model save_binary save_word2vec_format: w f 0
load_model load_weights load_checkpoint from_pretrained load_from_checkpoint load_from_disk: r a 0
from_file read_csv read_parquet read_json read_text from_json_file: r a 0
extractall: w d 0
extract: w d 1
upload_file: r f 0 Filename filename
upload_data: r a 0
download_file: w f 2 Filename filename, w f 1 Filename filename
tofile: w f 0
export: w a 0
parquet orc csv json text table: u a 0
"""
)

# Functions whose arguments may be paths and that neither read nor write them.
HARMLESS = words(
    "print len repr type isinstance issubclass id hash format sum min max abs round any all bool int float "
    "input setattr hasattr callable chr ord divmod pow ascii "
    "os.path.exists os.path.isfile os.path.isdir os.path.islink os.path.getsize os.path.getmtime "
    "os.path.lexists os.path.getctime os.path.ismount os.path.samefile os.stat os.access os.makedirs "
    "os.mkdir os.removedirs os.remove os.unlink os.rmdir os.chmod os.chown shutil.rmtree shutil.disk_usage "
    "shutil.which os.statvfs os.utime os.getenvb sys.path.append sys.path.insert sys.path.extend "
    "pathlib.Path.mkdir distutils.dir_util.mkpath pprint.pprint pprint.pformat json.dumps json.loads "
    "json.dump json.load pickle.dump pickle.load pickle.dumps pickle.loads yaml.safe_load yaml.load "
    "yaml.dump yaml.safe_dump toml.load tomllib.load csv.reader csv.writer csv.DictReader csv.DictWriter "
    "typing.cast sys.stdout.write sys.stderr.write fnmatch.fnmatch fnmatch.filter argparse.Namespace "
    "torch.export.export os.path.commonpath os.path.commonprefix os.kill os.umask os.get_terminal_size"
)
HARMLESS_MODULES = words(
    "logging warnings time datetime math re random uuid textwrap hashlib secrets string decimal fractions "
    "statistics traceback signal gc platform socket getpass loguru structlog typing abc contract_runtime "
    "atexit locale"
)
HARMLESS_METHODS = words(
    "debug info warning warn error exception critical log log_param log_params log_metric log_metrics "
    "set_tag set_description write writelines writerow writerows startswith endswith encode decode split "
    "strip lower upper format_map isdigit assertEqual addHandler setLevel setFormatter add_argument "
    "set_defaults rename drop assign fillna set_index astype query groupby replace partition rpartition "
    "rsplit removeprefix removesuffix lstrip rstrip splitlines count find"
)


def mode_direction(mode: Value | None, default: str) -> Direction:
    """What a file opened in this mode is used for."""
    if mode is None:
        return Direction.READ if default.startswith("r") else Direction.WRITE
    found = set()
    for option in options(mode):
        if not isinstance(option, Text) or option.hole or "+" in option.text:
            return Direction.UNKNOWN
        found.add(Direction.WRITE if option.text[:1] in "wax" and option.text else Direction.READ)
    return found.pop() if len(found) == 1 else Direction.UNKNOWN
