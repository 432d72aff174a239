// TypeScript bindings for emscripten-generated code.  Automatically generated at compile time.
interface WasmModule {
}

export interface ClassHandle {
  isAliasOf(other: ClassHandle): boolean;
  delete(): void;
  deleteLater(): this;
  isDeleted(): boolean;
  // @ts-ignore - If targeting lower than ESNext, this symbol might not exist.
  [Symbol.dispose](): void;
  clone(): this;
}
export type DecodeResultCode = 0|1|2|3|4|5;

export interface Decoder extends ClassHandle {
  getNextPicture(): Picture | undefined;
  flush(): FlushResult;
  setIntraConcealmentMethod(method: number): void;
  decode(data: Uint8Array, picId: number): DecodeResult;
}

export type Version = {
  major: number,
  minor: number
};

export type CropParams = {
  cropLeftOffset: number,
  cropOutWidth: number,
  cropTopOffset: number,
  cropOutHeight: number
};

export type Info = {
  profile: number,
  picWidth: number,
  picHeight: number,
  videoRange: number,
  matrixCoefficients: number,
  parWidth: number,
  parHeight: number,
  croppingFlag: number,
  cropParams: CropParams
};

export type Picture = {
  info: Info,
  bytes: Uint8Array,
  picId: number,
  isIdr: boolean,
  nbrOfErrMBs: number
};

export type DecodeResult = {
  code: DecodeResultCode,
  read: number,
  picture?: Picture | undefined,
  extraPictureCount: number
};

export type FlushResult = {
  picture?: Picture | undefined,
  extraPictureCount: number
};

interface EmbindModule {
  DecodeResultCode: {Ready: 0, PictureReady: 1, HeadersReady: 2, Error: 3, ParamSetError: 4, MemoryError: 5};
  Decoder: {
    new(): Decoder;
  };
  getApiVersion(): Version;
}

export type MainModule = WasmModule & EmbindModule;
export default function MainModuleFactory (options?: unknown): Promise<MainModule>;
