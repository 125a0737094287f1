// English of the drawing tools to Chinese.
export const zh = {};
