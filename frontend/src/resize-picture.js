// A picture of at most 1600 pixels on its longer side, as JPEG; anything that cannot be read stays as it was.
const LONGEST = 1600;

export async function shrunk(file) {
  if (!/^image\//.test(file.type)) return file;
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return small && (scale < 1 || small.size < file.size) ? small : file;
}
